// @ts-check
/** The small box that filters one column. */

import { el } from "./dom.js";
import { t } from "./strings.js";

/**
 * @typedef {{operator: string, value: string}} Rule
 * @param {HTMLElement} anchor
 * @param {string} title
 * @param {boolean} numeric
 * @param {Rule | undefined} rule
 * @param {(rule: Rule | null) => void} done
 */
export function openFilter(anchor, title, numeric, rule, done) {
  document.querySelector(".filter-box")?.remove();
  const operator = numeric
    ? el("select", { "aria-label": title }, el("option", { value: ">=", selected: rule?.operator !== "<=" }, t("at_least")), el("option", { value: "<=", selected: rule?.operator === "<=" }, t("at_most")))
    : null;
  const value = el("input", { type: numeric ? "number" : "text", value: rule?.value ?? "", placeholder: numeric ? "" : t("filter_text"), "aria-label": title });
  if (numeric) value.step = "any";
  const box = el("form", { class: "filter-box", role: "dialog", "aria-label": `${t("filter")}: ${title}` },
    el("label", {}, title), operator, value,
    el("div", { class: "row" },
      el("button", { type: "button", class: "button small", onclick: () => finish(null) }, t("clear")),
      el("button", { type: "submit", class: "button small primary" }, t("apply"))));
  /** @param {Rule | null | undefined} found */
  function finish(found) {
    box.remove();
    document.removeEventListener("pointerdown", outside, true);
    anchor.setAttribute("aria-expanded", "false");
    if (found !== undefined) done(found);
  }
  /** @param {PointerEvent} event */
  function outside(event) {
    if (!box.contains(/** @type {Node} */ (event.target))) finish(undefined);
  }
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    finish(value.value === "" ? null : { operator: operator?.value ?? "~", value: value.value });
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    finish(undefined);
    anchor.focus();
  });
  document.addEventListener("pointerdown", outside, true);
  document.body.append(box);
  const place = anchor.getBoundingClientRect();
  box.style.top = `${place.bottom + 6}px`;
  box.style.left = `${Math.max(8, Math.min(place.right - 240, window.innerWidth - 256))}px`;
  anchor.setAttribute("aria-expanded", "true");
  value.focus();
}
