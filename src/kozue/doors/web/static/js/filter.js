// @ts-check
/** The small box that filters one column: one condition or several, all of which must hold. */

import { el, icon } from "./dom.js";
import { t } from "./strings.js";

/** @typedef {import("./source.js").Rule} Rule */

/** What a person can ask of a column: words, operator, and whether a value belongs to it. @param {boolean} numeric @returns {[string, string, boolean][]} */
function choices(numeric) {
  const empty = /** @type {[string, string, boolean][]} */ ([["has_value", "!=", false], ["no_value", "=", false]]);
  if (numeric) return [["at_least", ">=", true], ["at_most", "<=", true], ["equals", "=", true], ...empty];
  return [["contains", "~", true], ["equals", "=", true], ["differs_from", "!=", true], ...empty];
}

/**
 * @param {HTMLElement} anchor
 * @param {string} title
 * @param {boolean} numeric
 * @param {Rule[]} rules that hold now
 * @param {(rules: Rule[]) => void} done
 */
export function openFilter(anchor, title, numeric, rules, done) {
  document.querySelector(".filter-box")?.remove();
  const list = el("div", { class: "filter-rules" });
  const more = el("button", { type: "button", class: "link", onclick: () => {
    const added = line(numeric, { operator: numeric && list.childElementCount === 1 ? "<=" : "", value: "" }, title);
    list.append(added);
    /** @type {HTMLElement} */ (added.querySelector("input")).focus();
  } }, icon("plus"), t("filter_more"));
  const box = el("form", { class: "filter-box", role: "dialog", "aria-label": `${t("filter")}: ${title}` },
    el("p", { class: "filter-title" }, title), list, more,
    el("div", { class: "row" },
      el("button", { type: "button", class: "button small", onclick: () => finish([]) }, t("clear")),
      el("button", { type: "submit", class: "button small primary" }, t("apply"))));
  list.append(...(rules.length ? rules : [{ operator: "", value: "" }]).map((rule) => line(numeric, rule, title)));
  /** @param {Rule[] | null} found */
  function finish(found) {
    box.remove();
    document.removeEventListener("pointerdown", outside, true);
    anchor.setAttribute("aria-expanded", "false");
    if (found) done(found);
  }
  /** @param {PointerEvent} event */
  function outside(event) {
    if (!box.contains(/** @type {Node} */ (event.target))) finish(null);
  }
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    finish([...list.children].flatMap((one) => ruleOf(/** @type {HTMLElement} */ (one))));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    finish(null);
    anchor.focus();
  });
  document.addEventListener("pointerdown", outside, true);
  document.body.append(box);
  const place = anchor.getBoundingClientRect();
  const wide = box.offsetWidth;
  box.style.top = `${Math.max(8, Math.min(place.bottom + 6, window.innerHeight - box.offsetHeight - 60))}px`;
  box.style.left = `${Math.max(8, Math.min(place.right - wide, window.innerWidth - wide - 16))}px`;
  anchor.setAttribute("aria-expanded", "true");
  /** @type {HTMLElement} */ (list.querySelector("input")).focus();
}

/** One condition: what, and with which value. @param {boolean} numeric @param {Rule} rule @param {string} title */
function line(numeric, rule, title) {
  const known = choices(numeric);
  const chosen = known.find(([, operator, valued]) => operator === rule.operator && valued === (rule.value !== "")) ?? known.find(([, operator]) => operator === rule.operator) ?? known[0];
  const operator = el("select", { "aria-label": t("condition"), onchange: () => show() }, ...known.map(([words]) => el("option", { value: words, selected: words === chosen[0] }, t(words))));
  const value = el("input", { type: numeric ? "number" : "text", value: rule.value, placeholder: numeric ? "" : t("filter_text"), "aria-label": title });
  if (numeric) value.step = "any";
  const drop = el("button", { type: "button", class: "tool", "aria-label": t("remove"), title: t("remove"), onclick: () => {
    if (box.parentElement?.childElementCount === 1) value.value = "";
    else box.remove();
  } }, icon("close"));
  const box = el("div", { class: "filter-rule" }, operator, value, drop);
  box.dataset.numeric = String(numeric);
  function show() {
    value.hidden = !(known.find(([words]) => words === operator.value)?.[2] ?? true);
  }
  show();
  return box;
}

/** @param {HTMLElement} box @returns {Rule[]} nothing if the condition was left empty */
function ruleOf(box) {
  const chosen = /** @type {HTMLSelectElement} */ (box.querySelector("select")).value;
  const value = /** @type {HTMLInputElement} */ (box.querySelector("input")).value;
  const [, operator, valued] = choices(box.dataset.numeric === "true").find(([words]) => words === chosen) ?? ["", "~", true];
  if (!valued) return [{ operator, value: "" }];
  return value === "" ? [] : [{ operator, value }];
}
