// @ts-check
/** A setting of lines as rows to fill in; the text behind them holds what counts, and can be written, too. */

import { getJson } from "./api.js";
import { el, icon, need } from "./dom.js";
import { askDrawing } from "./editor.js";
import { readLine, writeLine } from "./line.js";
import { controlOf } from "./settings.js";
import { language, t } from "./strings.js";

/**
 * @typedef {import("./line.js").Kind} Kind
 * @typedef {import("./line.js").Line} Line
 */

/** Up to so many choices are shown as a list to pick from; more are searched while writing. */
const PICKED = 60;
const WISHES = ["", "+", "-", "<=", ">=", ".."];

/**
 * @param {HTMLElement} field
 * @param {{system: string, verb: string}} operation
 * @param {(error: Error) => void} onProblem
 */
export async function setLines(field, operation, onProblem) {
  const more = need('[data-part="as-text"]', field);
  try {
    const { kinds } = await getJson(`/api/operations/${operation.system}/${operation.verb}/choices/${field.dataset.name}`);
    new Lines(field, kinds);
  } catch (error) {
    // Without the choices the text can still be written.
    /** @type {HTMLDetailsElement} */ (more).open = true;
    onProblem(/** @type {Error} */ (error));
  }
}

class Lines {
  /** @param {HTMLElement} field @param {Kind[]} kinds */
  constructor(field, kinds) {
    this.kinds = kinds;
    this.name = field.dataset.name ?? "";
    this.text = controlOf(field);
    this.rows = el("div", { class: "line-rows" });
    const lists = kinds.filter((kind) => kind.choices.length > PICKED).map((kind) => el("datalist", { id: this.listId(kind) }, ...kind.choices.map((choice) => el("option", { value: choice.value }, choice.label[language]))));
    const add = el("button", { type: "button", class: "link", "data-act": "add-line", onclick: () => this.rows.append(this.row("")) }, icon("plus"), t("line_add"));
    need('[data-part="lines"]', field).replaceChildren(this.rows, add, ...lists);
    this.text.addEventListener("input", () => this.read());
    field.addEventListener("kozue:written", () => this.read());
    this.read();
  }

  /** @param {Kind} kind */
  listId(kind) {
    return `choices-${this.name}-${kind.name}`;
  }

  /** Make the rows from the text. */
  read() {
    const lines = this.text.value.split("\n").map((line) => line.trim()).filter(Boolean);
    this.rows.replaceChildren(...(lines.length ? lines : [""]).map((line) => this.row(line)));
  }

  /** Make the text from the rows. */
  write() {
    const rows = /** @type {HTMLElement[]} */ ([...this.rows.children]);
    this.text.value = rows.map((row) => row.dataset.line ?? "").filter(Boolean).join("\n");
  }

  /** @param {string} text */
  row(text) {
    const row = el("div", { class: "line", "data-line": text });
    this.fill(row, text ? readLine(text, this.kinds) : { kind: this.kinds[0], value: "", wish: "", low: "", high: "", weight: "" });
    return row;
  }

  /** @param {HTMLElement} row @param {Line | null} line null: what a row cannot show */
  fill(row, line) {
    const gone = el("button", { type: "button", class: "tool", "data-act": "remove-line", "aria-label": t("remove"), title: t("remove"), onclick: () => {
      row.remove();
      if (!this.rows.children.length) this.rows.append(this.row(""));
      this.write();
    } }, icon("close"));
    if (!line) {
      const whole = el("input", { type: "text", class: "mono", value: row.dataset.line ?? "", spellcheck: false, "aria-label": t("line_text"), oninput: () => {
        row.dataset.line = whole.value.trim();
        this.write();
      } });
      row.replaceChildren(el("div", { class: "line-whole" }, whole, el("span", { class: "small muted" }, t("line_whole"))), gone);
      return;
    }
    const changed = () => {
      row.dataset.line = writeLine(line);
      this.write();
    };
    /** @param {Partial<Line>} change */
    const again = (change) => {
      this.fill(row, Object.assign(line, change));
      changed();
    };
    const kind = el("select", { "aria-label": t("line_kind"), "data-part": "kind", onchange: () => again({ kind: this.kinds.find((one) => one.name === kind.value) ?? line.kind, value: "" }) },
      ...this.kinds.map((one) => el("option", { value: one.name, selected: one === line.kind }, one.label[language])));
    const wishes = WISHES.includes(line.wish) ? WISHES : [...WISHES, line.wish];
    const wish = el("select", { "aria-label": t("line_wish"), "data-part": "wish", onchange: () => again({ wish: wish.value, low: "", high: "" }) },
      ...wishes.map((one) => el("option", { value: one, selected: one === line.wish }, wishWords(line.kind, one))));
    const unit = line.kind.choices.find((choice) => choice.value === line.value)?.unit ?? "";
    const limits = [/^(>|\.\.)/.test(line.wish) && limit("low", line, changed), line.wish === ".." && "–", /^(<|\.\.)/.test(line.wish) && limit("high", line, changed)];
    const weight = el("input", { type: "number", class: "line-weight", min: "0", step: "any", value: line.weight, placeholder: "1", "aria-label": t("line_weight"), oninput: () => {
      line.weight = weight.value;
      changed();
    } });
    row.replaceChildren(kind, ...this.value(line, changed, () => this.fill(row, line)),
      el("span", { class: "line-wish" }, wish, ...limits, limits.some(Boolean) && unit ? el("span", { class: "unit" }, unit) : null),
      el("label", { class: "line-factor", title: t("line_weight") }, "×", weight), gone);
  }

  /** What is wanted. @param {Line} line @param {() => void} changed @param {() => void} refill */
  value(line, changed, refill) {
    const { kind } = line;
    if (kind.choices.length && kind.choices.length <= PICKED && (!line.value || kind.choices.some((choice) => choice.value === line.value))) {
      const box = el("select", { class: "line-value", "aria-label": kind.label[language], "data-part": "value", onchange: () => {
        line.value = box.value;
        changed();
        refill();
      } }, el("option", { value: "" }, "–"), ...kind.choices.map((choice) => el("option", { value: choice.value, selected: choice.value === line.value }, `${choice.label[language]} · ${choice.value}`)));
      return [box];
    }
    const input = el("input", { type: "text", class: `line-value${kind.is_structure ? " mono" : ""}`, "data-part": "value", value: line.value, placeholder: kind.hint || t("line_search"), spellcheck: false, autocomplete: "off", "aria-label": kind.label[language], oninput: () => {
      line.value = input.value.trim();
      said.textContent = this.labelOf(line);
      changed();
    } });
    if (kind.choices.length) input.setAttribute("list", this.listId(kind));
    const said = el("span", { class: "small muted", "data-part": "said" }, this.labelOf(line));
    const draw = el("button", { type: "button", class: "link", "aria-label": t("draw_structure"), onclick: async () => {
      const drawn = await askDrawing(line.value);
      if (!drawn) return;
      line.value = drawn;
      changed();
      refill();
    } }, t("draw_structure"));
    return [el("span", { class: "line-value line-written" }, input, kind.is_structure ? draw : said)];
  }

  /** @param {Line} line */
  labelOf(line) {
    return line.kind.choices.find((choice) => choice.value === line.value)?.label[language] ?? "";
  }
}

/** @param {Kind} kind @param {string} wish */
function wishWords(kind, wish) {
  const words = kind.is_structure ? { "": "wish_present", "+": "wish_present_more", "-": "wish_absent" } : { "": "wish_usual", "+": "wish_more", "-": "wish_less" };
  const key = /** @type {Record<string, string>} */ (words)[wish] ?? { "<": "wish_below", "<=": "wish_at_most", ">": "wish_above", ">=": "wish_at_least", "..": "wish_between" }[wish];
  return t(key ?? wish);
}

/** @param {"low" | "high"} end @param {Line} line @param {() => void} changed */
function limit(end, line, changed) {
  const input = el("input", { type: "number", step: "any", value: line[end], "data-part": end, "aria-label": t(end === "low" ? "at_least" : "at_most"), oninput: () => {
    line[end] = input.value;
    changed();
  } });
  return input;
}
