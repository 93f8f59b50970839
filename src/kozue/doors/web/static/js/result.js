// @ts-check
/** The result of an operation: counts, warnings, table, detail panel, downloads, further tables. */

import { showDetail } from "./detail.js";
import { el, icon, need } from "./dom.js";
import { Grid } from "./grid.js";
import { menuButton } from "./menu.js";
import { count, number, t } from "./strings.js";

/**
 * @typedef {{n_in: number | null, n_ok: number | null, n_failed: number | null, warnings: {code: string, message: string}[]}} Said
 * @typedef {{source: import("./source.js").Source, said: Said, downloads: {name: string, note: string, act: () => void | Promise<void>}[],
 *   tables?: Record<string, Record<string, any>[]>, figures?: Record<string, string>, summary?: Record<string, any>, run?: string, onProblem: (error: Error) => void}} Content
 */

export class Result {
  constructor() {
    this.section = need("#result");
    /** @type {Grid | null} */
    this.grid = null;
    document.addEventListener("keydown", (event) => event.key === "Escape" && !document.querySelector(".filter-box, .menu:not([hidden])") && this.closeDetail());
  }

  /** @param {string} name */
  part(name) {
    return need(`[data-part="${name}"]`, this.section);
  }

  hide() {
    this.section.hidden = true;
  }

  /** @param {Content} content */
  async show(content) {
    this.section.hidden = false;
    this.closeDetail();
    this.content = content;
    const has = content.source.columns.length > 0;
    this.part("grid").hidden = !has;
    if (has) {
      this.grid = new Grid(this.part("grid"), content.source, { onSelect: (row, index) => this.open(row, index), onProblem: content.onProblem });
    } else this.grid = null;
    this.part("counts").replaceChildren(...this.counts(content.said));
    this.part("warnings").replaceChildren(...content.said.warnings.map((one) => el("div", { class: "warning", "data-code": one.code }, icon("warning"), el("span", {}, one.message))));
    this.part("tools").replaceChildren(...this.tools(content));
    this.part("more").replaceChildren(...more(content));
    await this.grid?.start();
  }

  /** @param {Said} said */
  counts(said) {
    /** @type {HTMLElement[]} */
    const parts = [];
    if (said.n_in === 0) return parts;
    if (said.n_in !== null) parts.push(el("span", { class: "count" }, t("n_in", { n: count(said.n_in) })));
    if (said.n_ok !== null) parts.push(el("span", { class: "count ok" }, t("n_ok", { n: count(said.n_ok) })));
    if (said.n_failed) {
      const button = el("button", { type: "button", class: "count bad", "aria-pressed": "false", title: t("failed_only"), onclick: () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        void this.grid?.failedOnly(on);
      } }, t("n_failed", { n: count(said.n_failed) }));
      parts.push(button);
    }
    return parts;
  }

  /** @param {Content} content */
  tools(content) {
    if (!this.grid) return [];
    const columns = this.grid.columns.map((column) => {
      const box = el("input", { type: "checkbox", checked: true, onchange: () => this.grid?.show(column.key, box.checked) });
      return el("label", {}, box, column.title);
    });
    const downloads = content.downloads.map((one) => el("button", { type: "button", onclick: () => void Promise.resolve(one.act()).catch(content.onProblem) }, one.name, el("small", {}, one.note)));
    return [menuButton("columns", t("columns"), columns, false), ...(downloads.length ? [menuButton("download", t("download"), downloads, true)] : [])];
  }

  /** @param {import("./source.js").Row} row @param {number} index */
  open(row, index) {
    this.section.querySelector(".result-body")?.classList.add("with-detail");
    if (!this.grid) return;
    // In their own order, rows of a run are named by their place.
    const whole = this.grid.view.order === null && this.grid.view.filters.size === 0;
    const address = this.content?.run && whole ? `/ui/molecule?run=${this.content.run}&row=${index}` : undefined;
    showDetail(this.part("detail"), this.grid.columns, row, index, () => this.closeDetail(), address);
  }

  closeDetail() {
    const panel = this.part("detail");
    if (panel.hidden) return;
    panel.hidden = true;
    this.section.querySelector(".result-body")?.classList.remove("with-detail");
    this.grid?.body.focus({ preventScroll: true });
  }
}

/** What a job gives beside its main table. @param {Content} content */
function more(content) {
  const parts = [];
  const facts = Object.entries(content.summary ?? {});
  if (facts.length) {
    const list = el("dl", { class: "pairs" });
    for (const [name, value] of facts) list.append(el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, plain(value)));
    parts.push(el("section", { class: "card" }, el("h3", { class: "small-title" }, t("summary")), list));
  }
  const figures = Object.entries(content.figures ?? {}).map(([title, drawing]) =>
    // As a picture a drawing cannot run anything.
    el("figure", {}, el("figcaption", {}, title), el("img", { alt: title, src: `data:image/svg+xml,${encodeURIComponent(drawing)}` })));
  if (figures.length) parts.push(el("section", {}, el("h3", { class: "small-title" }, t("figures")), el("div", { class: "figures" }, ...figures)));
  for (const [name, rows] of Object.entries(content.tables ?? {})) {
    if (rows.length) parts.push(plainTable(name, rows));
  }
  return parts;
}

/** @param {any} value @returns {string} */
function plain(value) {
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (value !== null && typeof value === "object") return Object.entries(value).map(([name, inner]) => `${name}: ${plain(inner)}`).join(", ");
  return String(value ?? "–");
}

/** @param {string} name @param {Record<string, any>[]} rows */
function plainTable(name, rows) {
  const shown = rows.slice(0, 200);
  const names = Object.keys(rows[0]);
  const head = el("tr", {}, ...names.map((column) => el("th", {}, column.replaceAll("_", " "))));
  const body = shown.map((row) => el("tr", {}, ...names.map((column) => el("td", { class: typeof row[column] === "number" ? "number" : "" }, plain(row[column])))));
  const title = name.replaceAll("_", " ") + (rows.length > shown.length ? ` · ${t("cut_here", { n: shown.length })}` : "");
  return el("section", {}, el("h3", { class: "small-title" }, title),
    el("div", { class: "card flush scroll-x" }, el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...body))));
}

/** Show a problem with its hint. @param {HTMLElement} box @param {Error & {hint?: string}} error */
export function showProblem(box, error) {
  const hint = error.hint ? el("p", {}, error.hint) : null;
  box.replaceChildren(icon("warning"), el("div", {}, el("p", {}, error.message), hint));
  box.hidden = false;
  box.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
