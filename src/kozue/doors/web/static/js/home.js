// @ts-check
/** Start page: search over systems in both languages. */

import { need } from "./dom.js";

const search = /** @type {HTMLInputElement} */ (need("#search"));
const nothing = need("#nothing-found");

/** Fold width and case, so that ｈＥＲＧ finds hERG. @param {string} text */
const fold = (text) => text.normalize("NFKC").toLowerCase();

function show() {
  const words = fold(search.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const stage of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".stage"))) {
    let here = 0;
    for (const card of /** @type {NodeListOf<HTMLElement>} */ (stage.querySelectorAll(".system-card"))) {
      const text = fold(card.dataset.words ?? "");
      card.hidden = !words.every((word) => text.includes(word));
      if (!card.hidden) here += 1;
    }
    stage.hidden = words.length > 0 && here === 0;
    found += here;
  }
  nothing.hidden = found > 0 || words.length === 0;
}

search.addEventListener("input", show);
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(/** @type {HTMLElement} */ (event.target).tagName);
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
  }
});
show();
