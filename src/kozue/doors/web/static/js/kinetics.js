// @ts-check
/** Human pharmacokinetics: parameters with their intervals and the plasma curve, for a dose and what was measured. */

import { post } from "./api.js";
import { domainClass, titleOf } from "./columns.js";
import { curve } from "./curve.js";
import { el, need } from "./dom.js";
import { picture } from "./pictures.js";
import { showProblem } from "./result.js";
import { readSettings } from "./settings.js";
import { number, t } from "./strings.js";

/**
 * @typedef {import("./source.js").Column} Column
 * @typedef {{operation: string, curve: string, inputs: Column[]}} KineticsPart
 */

export class Kinetics {
  /** @param {KineticsPart} part */
  constructor(part) {
    this.part = part;
    this.section = need("#kinetics");
    this.result = need("#kinetics-result");
    this.form = /** @type {HTMLFormElement} */ (need("#kinetics-form"));
    this.smiles = "";
    this.name = "";
    this.logarithmic = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.ask();
    });
  }

  /** @param {string} smiles @param {string} name */
  show(smiles, name) {
    this.smiles = smiles;
    this.name = name;
    this.section.hidden = false;
    return this.ask();
  }

  /** What was measured, by column. */
  get values() {
    /** @type {Record<string, number>} */
    const found = {};
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (this.form.querySelectorAll("input[data-measured]"))) {
      if (input.value !== "") found[input.dataset.measured ?? ""] = Number(input.value);
    }
    return found;
  }

  /** What the sheet on paper needs; null if a field is wrong. */
  get wish() {
    const settings = readSettings();
    return settings === null ? null : { values: this.values, settings };
  }

  async ask() {
    const wish = this.form.checkValidity() ? this.wish : null;
    this.result.setAttribute("aria-busy", "true");
    if (!this.result.hasChildNodes()) this.result.replaceChildren(el("p", { class: "muted" }, t("working")), el("progress", {}));
    try {
      if (wish === null) throw new Error(t("fix_settings"));
      const records = [{ smiles: this.smiles, name: this.name || null, ...wish.values }];
      const answer = await (await post(`/api/${this.part.operation.replace(".", "/")}`, { records, settings: wish.settings })).json();
      this.draw(answer);
    } catch (error) {
      // What is wrong here takes nothing away from the rest of the page.
      const box = el("div", { class: "form-problem flat", role: "alert" });
      this.result.replaceChildren(box);
      showProblem(box, /** @type {Error} */ (error));
    } finally {
      this.result.removeAttribute("aria-busy");
    }
  }

  /** @param {{records: Record<string, any>[], columns: Column[], warnings: {message: string}[]}} answer */
  draw(answer) {
    const row = answer.records[0];
    if (row.error_code) {
      this.result.replaceChildren(el("p", { class: "muted" }, row.error_message ?? row.error_code));
      return;
    }
    const given = new Set(this.part.inputs.map((column) => column.name));
    const numbers = answer.columns.filter((column) => column.role === "value" && typeof row[column.name] === "number" && !given.has(column.name));
    const sure = numbers.filter((column) => typeof row[`${column.name}_low`] === "number");
    const words = answer.columns.filter((column) => column.role === "category" && column.name !== "error_code" && row[column.name]?.length).map((column) => said(column, row[column.name]));
    this.result.replaceChildren(el("div", { class: "tiles" }, ...sure.map((column) => tile(column, row))), el("div", { class: "kinetics-words" }, ...words),
      ...answer.warnings.map((one) => el("p", { class: "small muted" }, one.message)));
    this.drawCurve(answer.columns.find((one) => one.name === this.part.curve), row);
    const others = numbers.filter((column) => !sure.includes(column));
    if (others.length) this.result.append(more(t("other_values"), el("dl", { class: "pairs" }, ...others.flatMap((column) => [el("dt", { title: column.description }, titleOf(column)), el("dd", {}, `${number(row[column.name])} ${column.unit}`)]))));
    for (const near of answer.columns.filter((one) => one.role === "neighbours" && row[one.name]?.length)) this.result.append(more(titleOf(near), neighbours(near, row[near.name])));
  }

  /** @param {Column | undefined} column @param {Record<string, any>} row */
  drawCurve(column, row) {
    const points = column ? row[column.name] ?? [] : [];
    if (!column || points.length < 2) return;
    const plot = el("div", {});
    let width = 0;
    const paint = () => {
      width = plot.clientWidth;
      plot.replaceChildren(curve(points, column.unit, this.logarithmic, width));
    };
    const scale = el("label", { class: "switch" }, el("input", { type: "checkbox", checked: this.logarithmic, onchange: (/** @type {Event} */ event) => {
      this.logarithmic = /** @type {HTMLInputElement} */ (event.currentTarget).checked;
      paint();
    } }), el("span", { class: "switch-track", "aria-hidden": "true" }), el("span", {}, t("logarithmic")));
    this.result.append(el("div", { class: "curve-head" }, el("h3", { class: "mini-title" }, t("curve_label")), scale), column.description ? el("p", { class: "small muted" }, column.description) : "", plot);
    paint();
    new ResizeObserver(() => Math.abs(plot.clientWidth - width) > 40 && paint()).observe(plot);
  }
}

/** A folded part. @param {string} title @param {HTMLElement} inner */
function more(title, inner) {
  return el("details", { class: "inline kinetics-more" }, el("summary", {}, title), inner);
}

/** @param {Column} column @param {string | string[]} value */
function said(column, value) {
  const words = Array.isArray(value) ? value.join(", ") : domainClass(value) ? t(value) : value;
  return el("span", { class: "small" }, el("span", { class: "muted" }, `${titleOf(column)}: `), words);
}

/** @param {Column} column @param {{smiles: string, value: number, similarity: number}[]} near */
function neighbours(column, near) {
  return el("div", { class: "neighbours" }, ...near.slice(0, 6).map((one) =>
    el("figure", { title: one.smiles }, picture(one.smiles, 180, 120), el("b", {}, `${number(one.value)} ${column.unit}`), el("small", {}, `${t("similarity")} ${one.similarity?.toFixed(2) ?? "–"}`))));
}

/** @param {Column} column @param {Record<string, any>} row */
function tile(column, row) {
  const low = row[`${column.name}_low`];
  const high = row[`${column.name}_high`];
  return el("div", { class: "tile", title: column.description, "data-key": column.name }, el("span", { class: "tile-name" }, titleOf(column)),
    el("span", {}, el("b", {}, number(row[column.name])), column.unit ? el("small", {}, ` ${column.unit}`) : null),
    typeof low === "number" && typeof high === "number" ? el("small", {}, t("range", { low: number(low), high: number(high) })) : null);
}
