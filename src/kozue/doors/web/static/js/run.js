// @ts-check
/** One run: progress, cancel, resume, and its result once there is one. */

import { getJson, post, Problem, save, send } from "./api.js";
import { confirmed } from "./confirm.js";
import { data, el, need } from "./dom.js";
import { Preview } from "./preview.js";
import { FINAL, follow } from "./progress.js";
import { Result, showProblem } from "./result.js";
import { runSource } from "./source.js";
import { count, duration, number, t } from "./strings.js";

/** @type {{status: any}} */
const { status: first } = data("run");
const address = `/api/runs/${first.id}`;
const problem = need("#problem");
const card = need("#progress");
const cancel = /** @type {HTMLButtonElement} */ (need("#cancel"));
const resume = /** @type {HTMLButtonElement} */ (need("#resume"));
const remove = /** @type {HTMLButtonElement} */ (need("#delete"));
const result = new Result();
let shownResult = false;
const section = document.getElementById("preview");
const preview = section ? new Preview(address, section) : null;
let followed = "";

/** @param {string} name */
const part = (name) => need(`[data-part="${name}"]`, card);

/** @param {any} status */
function show(status) {
  const going = !FINAL.has(status.state);
  need("#state").replaceChildren(el("span", { class: `state state-${status.state}` }, t(`state_${status.state}`)));
  cancel.hidden = !going;
  resume.hidden = going || status.state === "finished";
  remove.hidden = going;
  card.hidden = status.state === "finished";
  const share = status.total ? status.done / status.total : 0;
  const bar = /** @type {HTMLProgressElement} */ (part("bar"));
  if (going && !status.total) bar.removeAttribute("value");
  else bar.value = share;
  part("percent").textContent = status.total ? `${Math.floor(share * 100)} %` : going ? t("starting") : "";
  part("message").textContent = status.done ? t(going ? "done_of" : "done_exactly", { done: count(status.done), total: status.total ? count(status.total) : "…" }) : "";
  const speed = going && status.rate ? t("rate", { rate: status.rate >= 10 ? count(Math.round(status.rate)) : number(status.rate) }) : "";
  const left = going && typeof status.eta_s === "number" ? t("eta", { time: duration(status.eta_s) }) : "";
  part("rate").textContent = [speed, left].filter(Boolean).join(" · ");
  if (status.error) showProblem(problem, new Problem(status.error.detail ?? String(status.error), status.error.hint ?? ""));
  else problem.hidden = true;
  if (followed !== status.state) {
    followed = status.state;
    preview?.follow(status.state, going);
  }
  if (status.state === "finished" && !shownResult) {
    shownResult = true;
    need("#report").hidden = false;
    void showResult(status).catch(complain);
  }
}

/** @param {Error} error */
function complain(error) {
  showProblem(problem, error);
}

/** @param {any} status */
async function showResult(status) {
  const page = await getJson(`${address}/table?limit=1`);
  const extra = await getJson(`${address}/extras`);
  /** @param {string} form */
  const download = async (form) => save(await send(`${address}/result.${form}`), `${first.operation.replace(".", "_")}_${first.id}.${form}`);
  await result.show({
    source: runSource(first.id, page.columns),
    run: first.id,
    said: { n_in: status.n_in, n_ok: status.n_ok, n_failed: status.n_failed, warnings: status.warnings ?? [] },
    tables: extra.tables,
    figures: extra.figures,
    summary: extra.summary,
    downloads: [["CSV", "csv", "Excel"], ["SDF", "sdf", ""], ["Parquet", "parquet", ""], ["JSON lines", "jsonl", ""]].map(([name, form, note]) => ({ name, note, act: () => download(form) })),
    onProblem: complain,
  });
}

/** @param {HTMLButtonElement} button @param {string} verb */
async function act(button, verb) {
  button.disabled = true;
  button.classList.add("busy");
  try {
    show(await (await post(`${address}/${verb}`)).json());
    if (verb === "resume") watch();
  } catch (error) {
    complain(/** @type {Error} */ (error));
  } finally {
    button.disabled = false;
    button.classList.remove("busy");
  }
}

function watch() {
  return follow(first.id, show);
}

remove.addEventListener("click", async () => {
  if (!(await confirmed(t("delete_one"), t("delete_about"), t("delete")))) return;
  remove.disabled = true;
  try {
    await send(address, { method: "DELETE" });
    location.assign("/ui/runs");
  } catch (error) {
    remove.disabled = false;
    complain(/** @type {Error} */ (error));
  }
});
cancel.addEventListener("click", () => void act(cancel, "cancel"));
resume.addEventListener("click", () => void act(resume, "resume"));
show(first);
if (!FINAL.has(first.state)) watch();
