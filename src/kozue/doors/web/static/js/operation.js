// @ts-check
/** An operation's page: read the form, ask, show the answer; large inputs become runs. */

import { getJson, post, save } from "./api.js";
import { data, el, icon, need } from "./dom.js";
import { setEditor } from "./editor.js";
import { Input } from "./input.js";
import { setLines } from "./lines.js";
import { Result, showProblem } from "./result.js";
import { chooseMany, readSettings, resetSettings, sayChosen, writeSettings } from "./settings.js";
import { setStructure } from "./sites.js";
import { localSource } from "./source.js";
import { t } from "./strings.js";

/** @type {{name: string, system: string, verb: string, kind: string, takes: any[], gives: any[], example_settings: Record<string, any>, input_optional: boolean, inline_rows: number}} */
const operation = data("operation");
const address = `/api/${operation.system}/${operation.verb}`;
const problem = need("#problem");
const submit = /** @type {HTMLButtonElement} */ (need("#submit"));
const asRun = /** @type {HTMLButtonElement} */ (need("#as-run"));
const result = new Result();
const like = new URL(location.href).searchParams.get("from");

/** @param {Error} error */
const complain = (error) => showProblem(problem, error);
const input = operation.takes.length > 0 ? new Input(operation, complain) : null;

/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (need(`#${id}`));

/** @param {boolean} run whether the person asked for a run */
async function ask(run) {
  problem.hidden = true;
  const settings = readSettings();
  if (settings === null) {
    complain(new Error(t("fix_settings")));
    return;
  }
  const given = input ? await input.given() : { kind: "none" };
  if (given.kind === "none" && input && !operation.input_optional && !like) {
    complain(new Error(t("nothing_given")));
    return;
  }
  const seed = Number(field("seed").value || 0);
  const strict = field("strict").checked;
  const records = given.kind === "records" ? /** @type {any} */ (given).records : undefined;
  const small = records ? records.length <= operation.inline_rows : !input;
  if (run || operation.kind === "job" || !small) {
    const body = { operation: operation.name, settings, seed, strict, engine: field("engine").value, records };
    const file = given.kind === "file" ? { file_id: /** @type {any} */ (given).file, columns: /** @type {any} */ (given).columns } : {};
    const again = given.kind === "none" && like && input ? { input_of: like } : {};
    const response = await post("/api/runs", { ...body, ...file, ...again });
    location.assign(`/ui/runs/${(await response.json()).id}`);
    return;
  }
  const body = records ? { records, settings, seed, strict } : { settings, seed, strict };
  const answer = await (await post(address, body)).json();
  await show(answer, body);
}

/** @param {any} answer @param {any} body */
async function show(answer, body) {
  /** @param {string} form */
  const download = async (form) => save(await post(`${address}?format=${form}`, body), `${operation.name.replace(".", "_")}.${form}`);
  const inputs = new Set(operation.takes.map((column) => column.name));
  await result.show({
    source: localSource(answer.columns.map((/** @type {any} */ column) => ({ ...column, given: inputs.has(column.name) })), answer.records),
    said: answer,
    tables: answer.tables,
    summary: answer.summary,
    downloads: [["CSV", "csv", "Excel"], ["SDF", "sdf", ""], ["Parquet", "parquet", ""], ["JSON lines", "jsonl", ""]].map(([name, form, note]) => ({ name, note, act: () => download(form) })),
    onProblem: complain,
  });
  need("#result-title").focus({ preventScroll: true });
  result.section.scrollIntoView({ behavior: "smooth", block: "start" });
}

/** @param {HTMLButtonElement} button @param {boolean} run */
async function press(button, run) {
  if (submit.disabled) return;
  for (const one of [submit, asRun]) one.disabled = true;
  button.classList.add("busy");
  try {
    await ask(run);
  } catch (error) {
    complain(/** @type {Error} */ (error));
  } finally {
    for (const one of [submit, asRun]) one.disabled = false;
    button.classList.remove("busy");
  }
}

async function fromRun() {
  const asked = await getJson(`/api/runs/${encodeURIComponent(String(like))}/request`);
  writeSettings(asked.settings);
  field("seed").value = String(asked.seed);
  field("strict").checked = asked.strict;
  need(".workspace").before(el("div", { class: "note" }, icon("info"), el("p", {}, t("from_run", { id: String(like).slice(0, 10) }))));
}

need("#form").addEventListener("submit", (event) => {
  event.preventDefault();
  void press(submit, false);
});
asRun.addEventListener("click", () => void press(asRun, true));
document.getElementById("reset")?.addEventListener("click", resetSettings);
document.getElementById("settings")?.addEventListener("change", sayChosen);
document.getElementById("settings")?.addEventListener("click", chooseMany);
need("#form").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void press(submit, false);
});
setEditor((smiles) => {
  if (!input) return;
  input.paste.value = [...input.lines, smiles].join("\n");
  input.sayPasted();
});
for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".field-structure, .field-points"))) setStructure(one);
for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".field-lines"))) void setLines(one, operation, complain);
input?.sayPasted();
sayChosen();
if (like) void fromRun().catch(complain);
