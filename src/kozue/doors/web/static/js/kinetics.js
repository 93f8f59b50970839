// @ts-check
/** Human pharmacokinetics: parameters with their intervals and the plasma curve, for a dose and what was measured. */

import { post } from "./api.js";
import { curve } from "./curve.js";
import { el, need } from "./dom.js";
import { picture } from "./pictures.js";
import { readSettings } from "./settings.js";
import { language, number, t } from "./strings.js";

/**
 * @typedef {import("./source.js").Column} Column
 * @typedef {{operation: string, curve: string, inputs: Column[]}} KineticsPart
 */

export class Kinetics {
  /** @param {KineticsPart} part @param {(error: Error) => void} onProblem */
  constructor(part, onProblem) {
    this.part = part;
    this.onProblem = onProblem;
    this.section = need("#kinetics");
    this.result = need("#kinetics-result");
    this.form = /** @type {HTMLFormElement} */ (need("#kinetics-form"));
    this.smiles = "";
    this.name = "";
    this.logarithmic = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.ask().catch(onProblem);
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
    const wish = this.wish;
    if (wish === null || !this.form.checkValidity()) throw new Error(t("fix_settings"));
    this.result.setAttribute("aria-busy", "true");
    if (!this.result.hasChildNodes()) this.result.replaceChildren(el("p", { class: "muted" }, t("working")), el("progress", {}));
    try {
      const records = [{ smiles: this.smiles, name: this.name || null, ...wish.values }];
      const answer = await (await post(`/api/${this.part.operation.replace(".", "/")}`, { records, settings: wish.settings })).json();
      this.draw(answer);
    } catch (error) {
      this.result.replaceChildren();
      throw error;
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
    const tiles = answer.columns.filter((column) => column.role === "value" && typeof row[column.name] === "number" && !given.has(column.name)).map((column) => tile(column, row));
    const words = answer.columns.filter((column) => column.role === "category" && typeof row[column.name] === "string" && column.name !== "error_code").map((column) => el("span", { class: "small" }, el("span", { class: "muted" }, `${column.label?.[language] ?? column.name}: `), t(row[column.name]) || row[column.name]));
    const plot = el("div", {});
    const column = answer.columns.find((one) => one.name === this.part.curve);
    const points = column ? row[column.name] ?? [] : [];
    /** @param {boolean} logarithmic */
    const paint = (logarithmic) => {
      this.logarithmic = logarithmic;
      plot.replaceChildren(curve(points, column?.unit ?? "", logarithmic));
    };
    const scale = el("label", { class: "switch" }, el("input", { type: "checkbox", checked: this.logarithmic, onchange: (/** @type {Event} */ event) => paint(/** @type {HTMLInputElement} */ (event.currentTarget).checked) }), el("span", { class: "switch-track", "aria-hidden": "true" }), el("span", {}, t("logarithmic")));
    this.result.replaceChildren(el("div", { class: "tiles" }, ...tiles), el("div", { class: "kinetics-words" }, ...words),
      ...answer.warnings.map((one) => el("p", { class: "small muted" }, one.message)));
    if (points.length > 1) {
      paint(this.logarithmic);
      this.result.append(el("div", { class: "curve-head" }, el("h3", { class: "mini-title" }, t("curve_label")), scale), plot);
    }
    const near = answer.columns.find((one) => one.role === "neighbours" && row[one.name]?.length);
    if (near) this.result.append(el("p", { class: "mini-title" }, near.label?.[language] ?? t("neighbours")), el("div", { class: "neighbours" }, ...row[near.name].slice(0, 6).map((/** @type {any} */ one) =>
      el("figure", { title: one.smiles }, picture(one.smiles, 180, 120), el("b", {}, `${number(one.value)} ${near.unit}`), el("small", {}, `${t("similarity")} ${one.similarity?.toFixed(2) ?? "–"}`)))));
  }
}

/** @param {Column} column @param {Record<string, any>} row */
function tile(column, row) {
  const low = row[`${column.name}_low`];
  const high = row[`${column.name}_high`];
  return el("div", { class: "tile", title: column.description, "data-key": column.name }, el("span", { class: "tile-name" }, column.label?.[language] ?? column.name),
    el("span", {}, el("b", {}, number(row[column.name])), column.unit ? el("small", {}, ` ${column.unit}`) : null),
    typeof low === "number" && typeof high === "number" ? el("small", {}, t("range", { low: number(low), high: number(high) })) : null);
}
