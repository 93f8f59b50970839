// @ts-check
/** The structure with what each atom contributes to one endpoint: asked for when chosen, kept in the page. */

import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { label, lightMark, written } from "./endpoints.js";
import { change, picture } from "./pictures.js";
import { language, number, t } from "./strings.js";
import { moleculeActions } from "./tray.js";

/**
 * @typedef {import("./endpoints.js").Endpoint} Endpoint
 * @typedef {import("./profile.js").ProfilePart} ProfilePart
 * @typedef {{operation: string, setting: string, endpoints: string[]}} ExplainPart
 * @typedef {{smiles: string, change: string, delta: number | null, pairs: number | null, low: number | null, high: number | null, model?: number | null}} Edit
 * @typedef {{row: Record<string, any>, columns: import("./source.js").Column[], warnings: {message: string}[]}} Answer
 */

const WIDTH = 520;
const HEIGHT = 360;

export class Structure {
  /**
   * @param {string} smiles
   * @param {string} name
   * @param {ProfilePart | null} profile
   * @param {ExplainPart | null} part
   * @param {{name: string, atoms: number[]}[]} alerts
   * @param {() => Record<string, string>} settings by which the page computes now
   * @param {(error: Error) => void} onProblem
   */
  constructor(smiles, name, profile, part, alerts, settings, onProblem) {
    this.smiles = smiles;
    this.name = name;
    this.part = part;
    this.settings = settings;
    this.onProblem = onProblem;
    this.endpoints = new Map((profile?.endpoints ?? []).map((endpoint) => [endpoint.key, endpoint]));
    /** By settings and endpoint. @type {Map<string, Answer>} */
    this.kept = new Map();
    /** @type {AbortController | null} */
    this.asking = null;
    this.image = picture(smiles, WIDTH, HEIGHT);
    this.image.alt = t("structure_of", { name: name || smiles.slice(0, 120) });
    this.chooser = this.makeChooser(profile);
    this.progress = el("div", { class: "explain-progress", hidden: true, role: "status" });
    this.said = el("div", { class: "explain-said", "aria-live": "polite" });
    this.alerts = alerts;
    this.box = el("section", { class: "card structure-card" }, this.chooser ?? "", el("div", { class: "structure-picture" }, this.image), this.progress, this.said, this.alertList());
    this.edits = el("section", { class: "card", hidden: true, id: "edits" });
  }

  /** Endpoints that were explained already in the chosen mode, for the sheet on paper. */
  get explained() {
    return this.part?.endpoints.filter((key) => this.kept.has(this.place(key))) ?? [];
  }

  /** Where an answer is kept: another mode gives another one. @param {string} key */
  place(key) {
    return JSON.stringify([this.settings(), key]);
  }

  /** Show the chosen endpoint as the mode that is chosen now has it. */
  async recompute() {
    if (this.list?.value) await this.show(this.list.value);
  }

  /** @param {ProfilePart | null} profile */
  makeChooser(profile) {
    if (!this.part || !profile) return null;
    const able = new Set(this.part.endpoints);
    const list = el("select", { id: "explain", onchange: () => void this.show(list.value) }, el("option", { value: "" }, t("explain_none")));
    for (const section of profile.sections) {
      const options = section.endpoints.filter((key) => able.has(key)).map((key) => el("option", { value: key }, label(/** @type {Endpoint} */ (this.endpoints.get(key)).label)));
      if (options.length) {
        const group = el("optgroup", {}, ...options);
        group.label = label(section.label);
        list.append(group);
      }
    }
    this.list = list;
    return el("div", { class: "structure-head" }, el("label", { for: "explain" }, t("explained")), list);
  }

  /** Colour the atoms for an endpoint; none takes the colours away. @param {string} key */
  async show(key) {
    this.asking?.abort();
    if (this.list) this.list.value = key;
    this.unmark();
    this.edits.hidden = true;
    if (!key) {
      this.said.replaceChildren();
      this.progress.hidden = true;
      change(this.image, { smiles: this.smiles, width: WIDTH, height: HEIGHT });
      return;
    }
    const where = this.place(key);
    try {
      const answer = this.kept.get(where) ?? await this.ask(key);
      this.kept.set(where, answer);
      if ((this.list && this.list.value !== key) || this.place(key) !== where) return;
      this.draw(key, answer);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.onProblem(/** @type {Error} */ (error));
    }
  }

  /** @param {string} key @returns {Promise<Answer>} */
  async ask(key) {
    const part = /** @type {ExplainPart} */ (this.part);
    const stop = new AbortController();
    this.asking = stop;
    const began = performance.now();
    const time = el("span", { class: "muted small" });
    const tick = setInterval(() => time.replaceChildren(t("seconds", { n: Math.round((performance.now() - began) / 1000) })), 500);
    const cancel = el("button", { type: "button", class: "link", onclick: () => { stop.abort(); if (this.list) this.list.value = ""; void this.show(""); } }, t("cancel"));
    this.progress.replaceChildren(el("span", { class: "small" }, t("explaining")), time, cancel, el("progress", {}));
    this.progress.hidden = false;
    this.said.replaceChildren();
    try {
      const body = { records: [{ smiles: this.smiles, name: this.name || null }], settings: { ...this.settings(), [part.setting]: key } };
      const answer = await (await post(`/api/${part.operation.replace(".", "/")}`, body, stop.signal)).json();
      const row = answer.records[0];
      if (row.error_code) throw new Error(row.error_message ?? row.error_code);
      return { row, columns: answer.columns, warnings: answer.warnings };
    } finally {
      clearInterval(tick);
      if (this.asking === stop) this.progress.hidden = true;
    }
  }

  /** @param {string} key @param {Answer} answer */
  draw(key, answer) {
    const endpoint = /** @type {Endpoint} */ (this.endpoints.get(key));
    const weights = answer.columns.find((column) => column.role === "atom_weights");
    if (!weights) return;
    this.progress.hidden = true;
    change(this.image, { smiles: this.smiles, width: WIDTH, height: HEIGHT, weights: answer.row[weights.name] });
    const values = answer.columns.filter((column) => ["value", "probability"].includes(column.role ?? "") && typeof answer.row[column.name] === "number");
    const facts = el("dl", { class: "pairs" });
    for (const column of values) facts.append(el("dt", {}, column.label?.[language] ?? column.name), el("dd", {}, `${written(endpoint, answer.row[column.name])} ${endpoint.unit}`));
    const words = answer.columns.find((column) => /^list<.*string>$/.test(column.type));
    const strongest = words && answer.row[words.name]?.length ? el("p", { class: "small" }, el("span", { class: "muted" }, `${words.label?.[language] ?? ""}: `), el("span", { class: "mono" }, answer.row[words.name].join("   "))) : null;
    this.said.replaceChildren(
      el("p", { class: "weights-legend small" }, el("i", { class: "swatch raises" }), t("raises"), el("i", { class: "swatch lowers" }), t("lowers"), weights.unit ? el("span", { class: "muted" }, `(${weights.unit})`) : null),
      facts, strongest ?? "", ...answer.warnings.map((one) => el("p", { class: "small muted" }, one.message)));
    this.suggest(endpoint, answer);
  }

  /** Edits that matched pairs suggest. @param {Endpoint} endpoint @param {Answer} answer */
  suggest(endpoint, answer) {
    const column = answer.columns.find((one) => one.type.includes("delta") && one.type.includes("pairs"));
    /** @type {Edit[]} */
    const edits = column ? answer.row[column.name] ?? [] : [];
    if (!column) return;
    const unit = column.unit || endpoint.unit;
    /** @param {number | null | undefined} value @param {boolean} [bare] */
    const step = (value, bare = false) => {
      if (typeof value !== "number") return "–";
      const sign = value > 0 ? "+" : "";
      if (unit === "probability") return `${sign}${Math.round(value * 100)} ${t("points")}`.replace("-", "\u2212");
      return `${sign}${number(value)} ${bare ? "" : unit}`.trim();
    };
    const figures = edits.map((edit) => el("figure", { class: "edit" },
      picture(edit.smiles, 220, 150),
      el("figcaption", {}, el("code", {}, edit.change),
        el("b", { class: verdictOf(endpoint, edit.delta) }, step(edit.delta)),
        typeof edit.low === "number" && typeof edit.high === "number" ? el("small", {}, t("range", { low: step(edit.low, true), high: step(edit.high, true) })) : null,
        typeof edit.model === "number" ? el("small", {}, t("model_says", { step: step(edit.model) })) : null,
        typeof edit.pairs === "number" ? el("small", {}, t("pairs", { n: edit.pairs })) : null,
        moleculeActions(edit.smiles, "", this.onProblem))));
    this.edits.replaceChildren(el("h2", { class: "small-title" }, t("edits", { name: label(endpoint.label) })),
      el("p", { class: "small muted" }, (language === "en" && column.description) || t("edits_about")),
      edits.length ? el("div", { class: "edits" }, ...figures) : el("p", { class: "muted" }, t("edits_none")));
    this.edits.hidden = false;
  }

  alertList() {
    const list = el("div", { class: "alerts" }, el("p", { class: "mini-title" }, t("alerts")));
    if (this.alerts.length === 0) list.append(el("p", { class: "small ok-line" }, lightMark("good"), t("alerts_none")));
    const chips = this.alerts.map((alert) => el("button", { type: "button", class: "alert-chip", "aria-pressed": "false", title: t("alert_show"), onclick: (/** @type {MouseEvent} */ event) => this.mark(alert, /** @type {HTMLElement} */ (event.currentTarget)) }, icon("warning"), alert.name));
    if (chips.length) list.append(el("div", { class: "tag-list" }, ...chips), el("p", { class: "small muted" }, t("alerts_about")));
    this.chips = chips;
    return list;
  }

  /** Show where an alert lies. @param {{atoms: number[]}} alert @param {HTMLElement} chip */
  mark(alert, chip) {
    const on = chip.getAttribute("aria-pressed") !== "true";
    if (this.list?.value) void this.show("");
    this.unmark();
    chip.setAttribute("aria-pressed", String(on));
    change(this.image, { smiles: this.smiles, width: WIDTH, height: HEIGHT, atoms: on ? alert.atoms : [] });
  }

  unmark() {
    for (const chip of this.chips ?? []) chip.setAttribute("aria-pressed", "false");
  }
}

/** @param {Endpoint} endpoint @param {number | null} delta */
function verdictOf(endpoint, delta) {
  if (!delta || !["higher", "lower"].includes(endpoint.better)) return "";
  return (delta > 0) === (endpoint.better === "higher") ? "better" : "worse";
}
