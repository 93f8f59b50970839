// @ts-check
/** The page of a molecule. */

import { getJson, post, save } from "./api.js";
import { data, el, icon, need } from "./dom.js";
import { setEditor } from "./editor.js";
import { Structure } from "./explain.js";
import { Kinetics } from "./kinetics.js";
import { menuButton } from "./menu.js";
import { Modes } from "./modes.js";
import { picture } from "./pictures.js";
import { profile } from "./profile.js";
import { showProblem } from "./result.js";
import { language, t } from "./strings.js";
import { handle, MOST, setAside } from "./tray.js";

const { parts, examples } = data("molecule");
const problem = need("#problem");
const paste = /** @type {HTMLTextAreaElement} */ (need("#structure"));
const named = /** @type {HTMLInputElement} */ (need("#molecule-name"));
const ask = need("#ask");
const place = need("#sheet");
const actions = need("#actions");
/** @param {Error} error */
const complain = (error) => showProblem(problem, error);
const modes = new Modes(parts.modes, () => void again(structure).catch(complain));
const kinetics = parts.kinetics ? new Kinetics(parts.kinetics) : null;
/** @type {Structure | null} */
let structure = null;
/** Which molecule is being shown; answers for an earlier one are dropped. */
let turn = 0;

/** What stands behind a SMILES is a name. @param {string} text */
function given(text) {
  const plain = text.trim();
  if (plain.includes("\n") || plain.startsWith("InChI=")) return { smiles: plain.includes("\n") ? text : plain, name: "" };
  const [, smiles, rest] = /^(\S+)\s*(.*)$/.exec(plain) ?? [null, plain, ""];
  return { smiles: String(smiles), name: String(rest) };
}

/** Show a molecule and give it an address that does not hold it. @param {string} smiles @param {string} name */
async function open(smiles, name) {
  const id = await handle(smiles, name);
  history.pushState(null, "", modes.within(`/ui/molecule?id=${id}`));
  await show(smiles, name);
}

/** @param {string} text @param {string} name */
async function show(text, name) {
  const now = (turn += 1);
  problem.hidden = true;
  place.setAttribute("aria-busy", "true");
  try {
    const facts = await (await post("/api/molecules/facts", { smiles: text, name })).json();
    if (now !== turn) return;
    head(facts, name);
    structure = new Structure(facts.smiles, name, parts.profile, parts.explain, facts.alerts, () => modes.settings, complain);
    const main = el("div", { class: "profile-place" }, waiting());
    place.replaceChildren(el("div", { class: "molecule-side" }, structure.box, structure.edits), el("div", { class: "molecule-main" }, modes.box ?? "", main));
    place.hidden = false;
    ask.hidden = true;
    actions.hidden = false;
    if (kinetics) kinetics.section.hidden = true;
    await fill(main, facts.smiles, name, now);
    if (kinetics && now === turn) await kinetics.show(facts.smiles, name);
  } finally {
    if (now === turn) place.removeAttribute("aria-busy");
  }
}

function waiting() {
  return el("div", { class: "card waiting" }, el("p", { class: "muted" }, t("working")), el("progress", {}));
}

/** Compute the shown molecule in the mode that was just chosen. @param {Structure | null} shown */
async function again(shown) {
  if (!shown) return;
  const now = (turn += 1);
  problem.hidden = true;
  place.setAttribute("aria-busy", "true");
  const main = need(".profile-place", place);
  main.replaceChildren(waiting());
  try {
    await Promise.all([fill(main, shown.smiles, shown.name, now), shown.recompute()]);
    if (kinetics?.section.hidden && now === turn) await kinetics.show(shown.smiles, shown.name);
  } finally {
    if (now === turn) place.removeAttribute("aria-busy");
  }
}

/** @param {any} facts @param {string} name */
function head(facts, name) {
  need("#title").textContent = name || facts.formula;
  document.title = `${t("molecule")} · Kozue`;
  need("#identity").replaceChildren(
    el("span", {}, facts.formula), el("span", {}, `${facts.weight.toFixed(2)} g/mol`), facts.inchikey ? el("span", { class: "mono" }, facts.inchikey) : "",
    el("span", { class: "mono smiles", title: facts.smiles }, facts.smiles),
    el("button", { type: "button", class: "link", title: t("open_structure"), "aria-label": t("open_structure"), onclick: () => void navigator.clipboard?.writeText(facts.smiles) }, icon("copy")));
  need("#notes").replaceChildren(...facts.notes.map((/** @type {any} */ note) => el("div", { class: "warning", "data-code": note.code }, icon("warning"), el("span", {}, note.message[language]))));
}

/** @param {HTMLElement} main @param {string} smiles @param {string} name @param {number} now */
async function fill(main, smiles, name, now) {
  if (!parts.profile) {
    main.replaceChildren(el("p", { class: "card muted" }, t("no_profile")));
    return;
  }
  let answer;
  try {
    answer = await (await post(`/api/${parts.profile.operation.replace(".", "/")}`, { records: [{ smiles, name: name || null }], settings: modes.settings })).json();
  } catch (error) {
    if (now !== turn) return;
    main.replaceChildren();
    throw error;
  }
  if (now !== turn) return;
  const row = answer.records[0];
  const said = answer.warnings.filter((/** @type {any} */ one) => one.code !== "failed_records").map((/** @type {any} */ one) => el("div", { class: "warning", "data-code": one.code }, icon("warning"), el("span", {}, one.message)));
  if (row.error_code) {
    main.replaceChildren(el("div", { class: "form-problem flat" }, icon("warning"), el("div", {}, el("b", {}, t("no_result")), el("p", {}, row.error_message ?? row.error_code))), ...said);
    return;
  }
  const able = new Set(parts.explain?.endpoints ?? []);
  main.replaceChildren(el("div", { class: "warnings" }, ...said), profile(parts.profile, row, able, (key) => {
    void structure?.show(key);
    structure?.box.scrollIntoView({ behavior: "smooth", block: "nearest" });
  }));
}

/** @param {string} form */
async function exported(form) {
  if (!structure) return;
  problem.hidden = true;
  const wish = kinetics && !kinetics.section.hidden ? kinetics.wish : null;
  const body = { molecules: [{ smiles: structure.smiles, name: structure.name }], language, explain: form === "pdf" ? structure.explained.slice(0, 8) : [], kinetics: form === "pdf" ? wish : null, mode: modes.chosen };
  const response = await post(`/api/molecules/sheet?format=${form}`, body);
  await save(response, `molecule.${form}`);
  const said = JSON.parse(response.headers.get("X-Kozue-Warnings") ?? "[]");
  if (form === "pdf" && said.length) need("#notes").append(...said.map((/** @type {string} */ text) => el("div", { class: "warning" }, icon("warning"), el("span", {}, text))));
}

function setActions() {
  const said = el("span", { class: "small muted", role: "status" });
  const aside = el("button", { type: "button", class: "button", id: "set-aside", onclick: () => structure && void setAside(structure.smiles, structure.name).then((done) => said.replaceChildren(t(done ? "set_aside_done" : "tray_full", { n: MOST }))).catch(complain) }, icon("compare"), t("set_aside"));
  const other = el("button", { type: "button", class: "button", id: "other", onclick: () => askAgain() }, icon("plus"), t("other_molecule"));
  const entries = [["PDF", "pdf", t("export_pdf")], ["CSV", "csv", "Excel"], ["SDF", "sdf", ""]].map(([name, form, note]) => el("button", { type: "button", "data-form": form, onclick: (/** @type {MouseEvent} */ event) => void busy(/** @type {HTMLElement} */ (event.currentTarget), exported(form)) }, name, el("small", {}, note)));
  actions.replaceChildren(said, aside, menuButton("download", t("export"), entries, true), other);
}

/** @param {HTMLElement} button @param {Promise<void>} work */
async function busy(button, work) {
  const opener = button.closest(".menu-box")?.querySelector(".button");
  opener?.classList.add("busy");
  await work.catch(complain);
  opener?.classList.remove("busy");
}

function askAgain() {
  ask.hidden = false;
  paste.value = structure?.smiles ?? "";
  named.value = structure?.name ?? "";
  paste.focus();
  paste.select();
  ask.scrollIntoView({ block: "start", behavior: "smooth" });
}

function start() {
  const found = given(paste.value);
  if (!found.smiles) {
    complain(new Error(t("nothing_given_one")));
    return;
  }
  const lines = paste.value.trim().split(/\r?\n/).filter((line) => line.trim());
  if (lines.length > 1 && !/^M {2}END/m.test(paste.value)) {
    complain(new Error(t("one_molecule")));
    return;
  }
  const button = need("#show");
  button.classList.add("busy");
  void open(found.smiles, (named.value.trim() || found.name).slice(0, 500)).catch(complain).finally(() => button.classList.remove("busy"));
}

/** Which molecule the address means: a held one, a row of a run, or one behind the # that goes nowhere. */
async function fromAddress() {
  const address = new URL(location.href);
  modes.read();
  const behind = new URLSearchParams(address.hash.slice(1));
  const smiles = behind.get("smiles");
  if (smiles) {
    const id = await handle(smiles, behind.get("name") ?? "");
    history.replaceState(null, "", modes.within(`/ui/molecule?id=${id}`));
    await show(smiles, behind.get("name") ?? "");
    return;
  }
  const id = address.searchParams.get("id");
  const run = address.searchParams.get("run");
  if (id) {
    const held = await getJson(`/api/molecules/handles/${encodeURIComponent(id)}`);
    await show(held.smiles, held.name);
  } else if (run) {
    const page = await getJson(`/api/runs/${encodeURIComponent(run)}/table?offset=${Number(address.searchParams.get("row") ?? 0)}&limit=1`);
    const column = page.columns.find((/** @type {any} */ one) => one.role === "molecule");
    const name = page.columns.find((/** @type {any} */ one) => one.role === "name" || one.role === "identifier");
    const row = page.records[0];
    if (!column || !row?.[column.name]) throw new Error(t("no_structure_there"));
    await show(String(row[column.name]), String((name && row[name.name]) || ""));
  } else {
    turn += 1;
    place.hidden = true;
    actions.hidden = true;
    ask.hidden = false;
    if (kinetics) kinetics.section.hidden = true;
  }
}

need("#ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
paste.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) start();
});
need("#examples").replaceChildren(...examples.map((/** @type {{name: string, smiles: string}} */ one) =>
  el("button", { type: "button", class: "example", onclick: () => void open(one.smiles, one.name).catch(complain) }, picture(one.smiles, 140, 92), el("span", {}, one.name))));
setEditor((smiles) => void open(smiles, "").catch(complain));
setActions();
addEventListener("popstate", () => void fromAddress().catch(complain));
void fromAddress().catch((error) => {
  ask.hidden = false;
  complain(error);
});
