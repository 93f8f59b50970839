// @ts-check
/** Two runs side by side. */

import { getJson, save, send } from "./api.js";
import { chart } from "./chart.js";
import { titleOf } from "./columns.js";
import { data, el, icon, need } from "./dom.js";
import { Result, showProblem } from "./result.js";
import { pagedSource } from "./source.js";
import { count, language, number, t } from "./strings.js";

/** @type {{first: string, second: string}} */
const { first, second } = data("runs");
const address = `/api/runs/${first}/differences/${second}`;
const problem = need("#problem");
const result = new Result();

async function show() {
  const chosen = new URL(location.href).searchParams.get("key");
  const key = chosen ? `&key=${encodeURIComponent(chosen)}` : "";
  const page = await getJson(`${address}?limit=1${key}`);
  need("#summary").replaceChildren(...summary(page));
  need("#summary").hidden = false;
  void showCurves().catch(() => {});
  await result.show({
    source: pagedSource(address, page.columns, chosen ? { key: chosen } : {}),
    said: { n_in: null, n_ok: null, n_failed: null, warnings: page.warnings.map((/** @type {string} */ message) => ({ code: "matching", message })) },
    downloads: [["CSV", "csv", "Excel"], ["Parquet", "parquet", ""]].map(([name, form, note]) => ({ name, note, act: async () => save(await send(`${address}/result.${form}${chosen ? `?key=${encodeURIComponent(chosen)}` : ""}`), `differences.${form}`) })),
    onProblem: (error) => showProblem(problem, error),
  });
  result.part("counts").replaceChildren(
    el("span", { class: "count ok" }, t("in_both", { n: count(page.n_both) })),
    page.n_first ? el("span", { class: "count" }, t("in_first", { n: count(page.n_first) })) : "",
    page.n_second ? el("span", { class: "count" }, t("in_second", { n: count(page.n_second) })) : "",
    el("span", { class: "count" }, page.key ? t("matched_by", { key: page.key }) : t("matched_by_place")));
}

/** What both jobs showed of their course, in one picture. */
async function showCurves() {
  const [one, other] = await Promise.all([first, second].map((run) => getJson(`/api/runs/${run}/preview`)));
  const names = Object.keys(one.curves ?? {});
  const [axis, course] = names;
  if (!course || !other.curves?.[axis] || !other.curves[course]) return;
  /** @param {string} name */
  const label = (name) => (language === "ja" && one.labels?.[name]) || name;
  const box = need("#curves");
  box.hidden = false;
  const drawing = chart(label(axis), [one, other].map((shown, place) => ({ name: t(place ? "second_run" : "first_run"), x: shown.curves[axis], y: shown.curves[course] })), box.clientWidth - 44);
  box.hidden = drawing === null;
  if (drawing) box.replaceChildren(el("h2", { class: "small-title capital" }, label(course)), drawing);
}

/** How much each value changed. @param {any} page */
function summary(page) {
  const changed = page.summary.filter((/** @type {any} */ one) => one.n_different > 0);
  if (page.summary.length === 0) return [];
  if (changed.length === 0) return [el("p", { class: "all-equal" }, icon("info"), t("all_equal", { n: count(page.n_both) }))];
  const labels = new Map(page.columns.map((/** @type {any} */ column) => [column.name, titleOf(column)]));
  const rows = changed.slice(0, 60).map((/** @type {any} */ one) => el("tr", {}, el("td", {}, labels.get(one.column) ?? one.column), el("td", { class: "number" }, `${count(one.n_different)} / ${count(one.n)}`), el("td", { class: "number" }, number(one.mean_change)), el("td", { class: "number" }, number(one.largest_change)), el("td", { class: "muted" }, one.unit)));
  const head = el("tr", {}, el("th", {}, t("value")), el("th", { class: "number" }, t("n_different")), el("th", { class: "number" }, t("mean_change")), el("th", { class: "number" }, t("largest_change")), el("th", {}, t("unit")));
  return [el("div", { class: "scroll-x" }, el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...rows)))];
}

void show().catch((error) => showProblem(problem, error));
