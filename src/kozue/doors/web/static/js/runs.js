// @ts-check
/** The list of runs: those that go on are followed. A browser opens few connections at once, so one poll serves all. */

import { getJson } from "./api.js";
import { el, need } from "./dom.js";
import { FINAL, follow } from "./progress.js";
import { count, t } from "./strings.js";

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
