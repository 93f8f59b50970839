// @ts-check
/** Molecules side by side: one row an endpoint, differences from the chosen reference coloured. */

import { getJson, post, save } from "./api.js";
import { data, el, icon, need } from "./dom.js";
import { domainBadge, intervalText, label, lightMark, percentileText, written, zoneBar } from "./endpoints.js";
import { menuButton } from "./menu.js";
import { Modes } from "./modes.js";
import { address, drawings, EMPTY } from "./pictures.js";
import { showProblem } from "./result.js";
import { count, language, t } from "./strings.js";
import { comparisonAddress, handle, held, hold, MOST, openMolecule } from "./tray.js";

/**
 * @typedef {import("./endpoints.js").Endpoint} Endpoint
 * @typedef {import("./endpoints.js").Found} Found
 * @typedef {{id: string, smiles: string, name: string}} Member
 */

const { parts } = data("molecule");
const problem = need("#problem");
const place = need("#comparison");
/** @param {Error} error */
const complain = (error) => showProblem(problem, error);
const SIGNS = /** @type {Record<string, string>} */ ({ better: "▲", worse: "▼", different: "≠" });
/** @type {Map<string, Endpoint>} */
const endpoints = new Map((parts.profile?.endpoints ?? []).map((/** @type {Endpoint} */ endpoint) => [endpoint.key, endpoint]));
/** @type {Member[]} */
let members = [];
let reference = 0;
let onlyDifferent = false;
/** @type {any} */
let found = null;
const modes = new Modes(parts.modes, () => void compare().catch(complain));

const wanted = () => (new URL(location.href).searchParams.get("ids") ?? "").split(",").filter(Boolean).slice(0, MOST);

async function load() {
  const ids = wanted().length ? wanted() : held();
  const answers = await Promise.allSettled(ids.map((id) => getJson(`/api/molecules/handles/${encodeURIComponent(id)}`)));
  members = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const lost = answers.find((answer) => answer.status === "rejected");
  remember();
  if (lost) complain(/** @type {PromiseRejectedResult} */ (lost).reason);
  await compare();
}

function remember() {
  const ids = members.map((member) => member.id);
  hold(ids);
  history.replaceState(null, "", modes.within(ids.length ? comparisonAddress(ids) : "/ui/compare"));
  if (reference >= members.length) reference = 0;
}

async function compare() {
  need("#nothing").hidden = members.length > 0;
  place.hidden = members.length === 0;
  need("#actions").hidden = members.length === 0;
  if (members.length === 0) return;
  place.setAttribute("aria-busy", "true");
  if (!place.hasChildNodes()) place.replaceChildren(el("div", { class: "card waiting" }, el("p", { class: "muted" }, t("working")), el("progress", {})));
  try {
    const asked = modes.chosen;
    const answer = await (await post("/api/molecules/comparison", { molecules: members.map(({ smiles, name }) => ({ smiles, name })), reference, mode: asked })).json();
    if (asked !== modes.chosen) return;
    found = answer;
    need("#notes").replaceChildren(...found.warnings.map((/** @type {string} */ text) => el("div", { class: "warning" }, icon("warning"), el("span", {}, text))));
    draw();
    await paint();
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function draw() {
  const table = el("table", { class: "compare" }, el("caption", { class: "visually-hidden" }, t("compare_about")), head(), ...(parts.profile?.sections ?? []).map(section));
  const only = el("label", { class: "switch" }, el("input", { type: "checkbox", id: "only-different", checked: onlyDifferent, onchange: (/** @type {Event} */ event) => {
    onlyDifferent = /** @type {HTMLInputElement} */ (event.currentTarget).checked;
    draw();
    void paint();
  } }), el("span", { class: "switch-track", "aria-hidden": "true" }), el("span", {}, t("only_different")));
  const legend = el("p", { class: "compare-legend small" }, el("span", { class: "verdict better" }, `▲ ${t("better")}`), el("span", { class: "verdict worse" }, `▼ ${t("worse")}`), el("span", { class: "verdict different" }, `≠ ${t("different")}`), el("span", { class: "muted" }, t("compare_about")));
  place.replaceChildren(modes.box ?? "", el("div", { class: "compare-tools" }, only, el("span", { class: "muted small", id: "core-said" })), el("div", { class: "card flush compare-scroll", tabIndex: 0, role: "region", "aria-label": t("compare_about") }, table), legend);
}

function head() {
  const cells = members.map((member, at) => {
    const facts = found.molecules[at];
    const title = member.name || facts.formula;
    const box = el("input", { type: "radio", name: "reference", checked: at === reference, "aria-label": `${t("reference")}: ${title}`, onchange: () => {
      reference = at;
      void compare().catch(complain);
    } });
    return el("th", { class: at === reference ? "reference" : "", "data-place": String(at) },
      el("div", { class: "compare-head" },
        el("img", { class: "drawing", alt: title, src: EMPTY, width: 220, height: 125 }),
        el("button", { type: "button", class: "link name", title: t("open_molecule"), onclick: (/** @type {MouseEvent} */ event) => void openMolecule(member.smiles, member.name, event.ctrlKey || event.metaKey).catch(complain) }, title),
        el("small", { class: "muted" }, `${facts.formula} · ${facts.weight.toFixed(1)}`),
        facts.alerts.length ? el("small", { class: "alert-count", title: facts.alerts.join("\n") }, t("alerts_n", { n: count(facts.alerts.length) })) : null,
        ...facts.problems.map((/** @type {string} */ text) => el("small", { class: "bad-text" }, text)),
        el("div", { class: "compare-choose" }, el("label", { class: "radio" }, box, t("reference")),
          el("button", { type: "button", class: "tool", "aria-label": `${t("remove")}: ${title}`, title: t("remove"), onclick: () => void remove(at).catch(complain) }, icon("close")))));
  });
  return el("thead", {}, el("tr", {}, el("th", { class: "corner" }, el("span", { class: "muted small" }, t("compare_n", { n: count(members.length), most: MOST }))), ...cells));
}

/** @param {{key: string, label: {en: string, ja: string}, endpoints: string[]}} part */
function section(part) {
  const rows = part.endpoints.map((key) => found.endpoints.find((/** @type {any} */ one) => one.key === key)).filter((one) => one && (!onlyDifferent || one.differs));
  if (rows.length === 0) return el("tbody", {});
  return el("tbody", {}, el("tr", { class: "compare-group" }, el("th", { colspan: members.length + 1, scope: "rowgroup" }, label(part.label))), ...rows.map(row));
}

/** @param {{key: string, differs: boolean, values: Found[]}} one */
function row(one) {
  const endpoint = /** @type {Endpoint} */ (endpoints.get(one.key));
  const cells = one.values.map((value, at) => {
    const verdict = at === reference ? "" : value.verdict ?? "";
    const sign = SIGNS[verdict] ? el("span", { class: `verdict ${verdict}`, title: t(verdict), role: "img", "aria-label": t(verdict) }, SIGNS[verdict]) : null;
    return el("td", { class: `${verdict}${at === reference ? " reference" : ""}`, title: intervalText(endpoint, value) },
      el("div", { class: "compare-value" }, lightMark(value.light), el("b", {}, written(endpoint, value.value)), sign, value.domain && value.domain !== "inside" ? domainBadge(value.domain) : null),
      value.value === null ? null : zoneBar(endpoint, value, one.values), value.percentile === null ? null : el("small", { class: "muted" }, percentileText(value.percentile)));
  });
  return el("tr", { "data-key": one.key, class: one.differs ? "differs" : "" }, el("th", { scope: "row", title: label(endpoint.reading) }, label(endpoint.label), endpoint.unit ? el("small", {}, endpoint.unit) : null), ...cells);
}

/** Structures whose common core lies the same way. */
async function paint() {
  const answer = await drawings(members.map((member) => ({ smiles: member.smiles, width: 300, height: 170 })), true);
  place.querySelectorAll("thead img").forEach((image, at) => {
    /** @type {HTMLImageElement} */ (image).src = address(answer.drawings[at]?.svg ?? "");
  });
  need("#core-said").textContent = answer.core_atoms ? t("core", { n: answer.core_atoms }) : "";
}

/** @param {number} at */
async function remove(at) {
  members.splice(at, 1);
  if (at < reference) reference -= 1;
  remember();
  await compare();
}

/** @param {string} form */
async function exported(form) {
  // The sheet compares with its first molecule.
  const chosen = [members[reference], ...members.filter((_, at) => at !== reference)];
  const body = { molecules: chosen.map(({ smiles, name }) => ({ smiles, name })), language, mode: modes.chosen };
  await save(await post(`/api/molecules/sheet?format=${form}`, body), `molecules.${form}`);
}

need("#add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (need("#structure"));
  const [, smiles, name] = /^\s*(\S+)\s*(.*)$/.exec(input.value) ?? [null, "", ""];
  problem.hidden = true;
  await ready;
  try {
    if (!smiles) throw new Error(t("nothing_given_one"));
    if (members.length >= MOST) throw new Error(t("tray_full", { n: MOST }));
    // What cannot be read must not take the others' comparison away.
    await post("/api/molecules/facts", { smiles });
    members.push({ id: await handle(smiles, name), smiles, name: name ?? "" });
    input.value = "";
    remember();
    await compare();
  } catch (error) {
    complain(/** @type {Error} */ (error));
  }
});
need("#actions").append(
  menuButton("download", t("export"), [["PDF", "pdf", t("export_pdf")], ["CSV", "csv", "Excel"], ["SDF", "sdf", ""]].map(([name, form, note]) => el("button", { type: "button", "data-form": form, onclick: () => void exported(form).catch(complain) }, name, el("small", {}, note))), true),
  el("button", { type: "button", class: "button", id: "clear", onclick: () => { members = []; remember(); void compare(); } }, icon("trash"), t("tray_clear")));
document.addEventListener("kozue:theme", () => members.length && void paint());
const ready = load().catch(complain);
