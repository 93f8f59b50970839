// @ts-check
/** A button that opens a list. */

import { el, icon } from "./dom.js";

/**
 * @param {string} symbol
 * @param {string} label
 * @param {HTMLElement[]} entries
 * @param {boolean} closes whether choosing an entry closes the menu
 */
export function menuButton(symbol, label, entries, closes) {
  const menu = el("div", { class: "menu", hidden: true }, ...entries);
  const button = el("button", { type: "button", class: "button small", "aria-expanded": "false", onclick: () => toggle(menu.hidden) }, icon(symbol), label);
  const box = el("div", { class: "menu-box" }, button, menu);
  /** @param {boolean} open */
  function toggle(open) {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }
  document.addEventListener("pointerdown", (event) => !box.contains(/** @type {Node} */ (event.target)) && toggle(false));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    event.stopPropagation();
    toggle(false);
    button.focus();
  });
  if (closes) menu.addEventListener("click", () => toggle(false));
  return box;
}
