// @ts-check
/** Ask before something that cannot be undone. */

import { el } from "./dom.js";
import { t } from "./strings.js";

/**
 * @param {string} question
 * @param {string} consequence
 * @param {string} yes what the button says
 * @returns {Promise<boolean>}
 */
export function confirmed(question, consequence, yes) {
  return new Promise((resolve) => {
    const no = el("button", { type: "button", class: "button", onclick: () => box.close("no") }, t("keep"));
    const go = el("button", { type: "button", class: "button danger", id: "confirm-yes", onclick: () => box.close("yes") }, yes);
    const box = el("dialog", { class: "confirm", "aria-label": question }, el("h2", {}, question), el("p", {}, consequence), el("div", { class: "row" }, no, go));
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue === "yes");
    });
    document.body.append(box);
    box.showModal();
    // Enter must not delete by accident.
    no.focus();
  });
}
