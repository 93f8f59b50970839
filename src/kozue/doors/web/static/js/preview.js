// @ts-check
/** What a job has so far, while it works and after it was stopped; and what can be asked of it on the way. */

import { getJson, post } from "./api.js";
import { curvesOf } from "./chart.js";
import { el, icon, need } from "./dom.js";
import { picture } from "./pictures.js";
import { controlOf, readSettings } from "./settings.js";
import { setStructure } from "./sites.js";
import { count, language, number, t } from "./strings.js";

/** @typedef {{facts?: Record<string, any>, records?: Record<string, any>[], curves?: Record<string, (number | null)[]>, losses?: Record<string, number>, labels?: Record<string, string>}} Shown */

const PAUSE = 1200;
const NOT_WORDS = new Set(["smiles", "score", "marked_atoms"]);

/** Numbers of one column with as many digits each. @param {number} value */
function steady(value) {
  return Math.abs(value) >= 0.001 && Math.abs(value) < 1000 && !Number.isInteger(value) ? value.toFixed(Math.abs(value) < 10 ? 3 : 1).replace("-", "\u2212") : number(value);
}

export class Preview {
  /** @param {string} address of the run @param {HTMLElement} section */
  constructor(address, section) {
    this.address = address;
    this.section = section;
    this.form = /** @type {HTMLFormElement | null} */ (section.querySelector("#wish"));
    this.asking = false;
    this.going = false;
    this.over = false;
    this.timer = 0;
    this.records = "";
    for (const field of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll(".field-structure, .field-points"))) setStructure(field);
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.wish();
    });
  }

  /** Follow a run's state. @param {string} state @param {boolean} going */
  follow(state, going) {
    this.going = going;
    this.over = state === "finished";
    if (this.form) this.form.hidden = !going;
    if (this.over) this.section.hidden = true;
    clearTimeout(this.timer);
    if (!this.over) void this.look();
  }

  async look() {
    if (this.asking) return;
    this.asking = true;
    try {
      this.show(await getJson(`${this.address}/preview`));
    } catch {
      // The run's own state says what is wrong; the next look may succeed.
    } finally {
      this.asking = false;
    }
    clearTimeout(this.timer);
    if (this.going && !this.over) this.timer = window.setTimeout(() => void this.look(), PAUSE);
  }

  /** @param {string} name */
  part(name) {
    return need(`[data-part="${name}"]`, this.section);
  }

  /** @param {Shown} shown */
  show(shown) {
    if (this.over || Object.keys(shown).length === 0) return;
    this.section.hidden = false;
    /** @param {string} name */
    const label = (name) => (language === "ja" && shown.labels?.[name]) || name.replaceAll("_", " ");
    this.part("facts").replaceChildren(...Object.entries(shown.facts ?? {}).map(([name, value]) => el("div", {}, el("dt", { class: "capital" }, label(name)), el("dd", { class: String(value).length > 14 ? "mono small" : "" }, typeof value === "number" ? number(value) : String(value)))));
    this.showCurves(shown, label);
    this.showLosses(shown.losses ?? {});
    this.showRecords(shown.records ?? [], label);
  }

  /** @param {Shown} shown @param {(name: string) => string} label */
  showCurves(shown, label) {
    const box = this.part("curves");
    const room = box.clientWidth ? box.clientWidth - 44 : 480;
    const drawing = curvesOf(shown.curves ?? {}, label, room);
    box.hidden = drawing === null;
    if (drawing) box.replaceChildren(el("h3", { class: "small-title" }, t("preview_course")), drawing);
  }

  /** @param {Record<string, number>} losses */
  showLosses(losses) {
    const box = this.part("losses");
    const rows = Object.entries(losses);
    box.hidden = rows.length === 0;
    const most = Math.max(1, ...rows.map(([, lost]) => lost));
    box.replaceChildren(el("h3", { class: "small-title" }, t("preview_losses")), el("ul", { class: "bars" }, ...rows.map(([reason, lost]) => el("li", {}, el("span", { class: "bar-name", title: reason }, reason), el("progress", { max: most, value: lost, "aria-hidden": "true" }), el("span", { class: "number" }, count(lost))))));
  }

  /** @param {Record<string, any>[]} records @param {(name: string) => string} label */
  showRecords(records, label) {
    // Pictures that are the same stay, so that nothing flickers.
    const now = JSON.stringify(records);
    if (now === this.records) return;
    this.records = now;
    const box = this.part("records");
    box.hidden = records.length === 0;
    const figures = records.map((record, place) => {
      const said = Object.entries(record).filter(([name, value]) => !NOT_WORDS.has(name) && value !== null && value !== "");
      return el("figure", {}, record.smiles ? picture(String(record.smiles), 200, 140, undefined, record.marked_atoms) : null,
        el("figcaption", {}, el("span", { class: "best-head" }, el("span", { class: "muted" }, String(place + 1)), typeof record.score === "number" ? el("b", {}, steady(record.score)) : null),
          el("dl", {}, ...said.map(([name, value]) => el("div", {}, el("dt", {}, label(name)), el("dd", {}, typeof value === "number" ? steady(value) : String(value)))))));
    });
    box.replaceChildren(el("h3", { class: "small-title" }, t("preview_best")), el("div", { class: "best" }, ...figures));
  }

  async wish() {
    const said = this.part("asked");
    const wish = readSettings("#wish");
    if (wish === null) {
      said.replaceChildren(t("fix_settings"));
      return;
    }
    try {
      const { wishes } = await (await post(`${this.address}/wishes`, wish)).json();
      said.replaceChildren(t("wish_noted", { n: count(wishes.length) }));
      said.classList.remove("bad-text");
      for (const field of /** @type {NodeListOf<HTMLElement>} */ (this.form?.querySelectorAll(".field"))) controlOf(field).value = "";
    } catch (error) {
      said.classList.add("bad-text");
      said.replaceChildren(icon("warning"), ` ${/** @type {Error} */ (error).message}`);
    }
  }
}
