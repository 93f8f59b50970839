// @ts-check
/** The list of runs: those that go on are followed, chosen ones are compared or deleted. */

import { getJson, send } from "./api.js";
import { confirmed } from "./confirm.js";
import { el, need } from "./dom.js";
import { showProblem } from "./result.js";
import { FINAL, follow } from "./progress.js";
import { count, t } from "./strings.js";

// A browser opens few connections at once: the first few are followed live, one poll serves all others.
const FOLLOWED = 3;

/** @param {any} status */
function show(status) {
  const row = document.querySelector(`tr[data-run="${CSS.escape(status.id)}"]`);
  if (!(row instanceof HTMLElement)) return;
  row.dataset.state = status.state;
  need('[data-cell="state"]', row).replaceChildren(el("span", { class: `state state-${status.state}` }, t(`state_${status.state}`)));
  const bar = /** @type {HTMLProgressElement} */ (need("progress", row));
  bar.max = status.total || 1;
  bar.value = status.state === "finished" ? bar.max : status.total ? status.done : 0;
  if (status.n_in !== null && status.n_in !== undefined) {
    const failed = status.n_failed ? el("span", { class: "failed-count" }, t("without_result", { n: count(status.n_failed) })) : null;
    need('[data-cell="records"]', row).replaceChildren(count(status.n_in), failed ?? "");
  }
}

const active = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr[data-run]"))].filter((row) => !FINAL.has(row.dataset.state ?? ""));
for (const row of active.slice(0, FOLLOWED)) follow(row.dataset.run ?? "", show);
const others = active.slice(FOLLOWED);
if (others.length) {
  const timer = setInterval(async () => {
    const body = await getJson("/api/runs?limit=200");
    body.runs.forEach(show);
    if (body.runs.every((/** @type {any} */ run) => FINAL.has(run.state))) clearInterval(timer);
  }, 2000);
}

const boxes = () => [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-choose-run]"))];
const chosen = () => boxes().filter((box) => box.checked).map((box) => /** @type {HTMLElement} */ (box.closest("tr")));

/** Say what can be done with the chosen runs. */
function sayChosen() {
  const rows = chosen();
  const alike = new Set(rows.map((row) => row.dataset.operation)).size === 1;
  const ready = rows.every((row) => row.dataset.state === "finished");
  const compare = /** @type {HTMLButtonElement} */ (need("#compare-runs"));
  compare.disabled = !(rows.length === 2 && alike && ready);
  /** @type {HTMLButtonElement} */ (need("#delete-runs")).disabled = rows.length === 0;
  const why = rows.length === 2 && !alike ? "compare_alike" : rows.length === 2 && !ready ? "compare_finished" : "";
  need("#chosen-said").textContent = rows.length === 0 ? t("choose_hint") : `${t("chosen", { n: count(rows.length) })}${why ? ` · ${t(why)}` : ""}`;
  const all = /** @type {HTMLInputElement} */ (need("#choose-all"));
  all.checked = rows.length > 0 && rows.length === boxes().length;
  all.indeterminate = rows.length > 0 && rows.length < boxes().length;
}

async function removeChosen() {
  const rows = chosen();
  const going = rows.filter((row) => !FINAL.has(row.dataset.state ?? ""));
  const question = rows.length === 1 ? t("delete_one") : t("delete_many", { n: count(rows.length) });
  if (!(await confirmed(question, going.length ? t("delete_going", { n: count(going.length) }) : t("delete_about"), t("delete")))) return;
  for (const row of rows.filter((one) => !going.includes(one))) {
    await send(`/api/runs/${row.dataset.run}`, { method: "DELETE" });
    row.remove();
  }
  if (boxes().length === 0) location.reload();
  sayChosen();
}

if (boxes().length) {
  document.addEventListener("change", (event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (box.id === "choose-all") for (const one of boxes()) one.checked = box.checked;
    if (box.id === "choose-all" || box.matches("[data-choose-run]")) sayChosen();
  });
  need("#compare-runs").addEventListener("click", () => {
    // The list shows the newest first; the older run is what the newer one is held against.
    const [newer, older] = chosen();
    location.assign(`/ui/differences?first=${older.dataset.run}&second=${newer.dataset.run}`);
  });
  need("#delete-runs").addEventListener("click", () => void removeChosen().catch((error) => showProblem(need("#problem"), error)));
  sayChosen();
}
