// @ts-check
/** A structure that can be drawn, and where clicking an atom adds an attachment point or takes it away. */

import { post } from "./api.js";
import { el, isDark, need } from "./dom.js";
import { askDrawing } from "./editor.js";
import { address } from "./pictures.js";
import { controlOf } from "./settings.js";
import { t } from "./strings.js";

/** @typedef {{atom: number, element: string, x: number, y: number, points: number[], is_open: boolean}} Site */
/** @typedef {{smiles: string, lying: string, svg: string, sites: Site[]}} Marked */

const WIDTH = 420;
const HEIGHT = 280;

/** Let a field's structure be drawn. @param {HTMLElement} field */
export function setStructure(field) {
  const input = controlOf(field);
  need('[data-act="draw"]', field).addEventListener("click", async () => {
    // Attachment points are ticked afterwards; in the editor they would be atoms of no element.
    const drawn = await askDrawing(input.value.trim().replace(/\(\[\*(:\d+)?\]\)|\[\*(:\d+)?\]/g, ""));
    if (!drawn) return;
    input.value = drawn;
    input.dispatchEvent(new Event("input"));
    field.dispatchEvent(new Event("kozue:written"));
  });
  if (field.dataset.kind === "points") new Sites(field, input);
}

class Sites {
  /** @param {HTMLElement} field @param {HTMLInputElement} input */
  constructor(field, input) {
    this.box = need('[data-part="sites"]', field);
    this.input = input;
    this.timer = 0;
    this.turn = 0;
    input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.draw(this.input.value.trim()), 300);
    });
    field.addEventListener("kozue:written", () => void this.draw(this.input.value.trim()));
    document.addEventListener("kozue:theme", () => void this.draw(this.input.value.trim()));
    if (input.value.trim()) void this.draw(input.value.trim());
  }

  /** @param {string} smiles @param {number | null} [toggle] */
  async draw(smiles, toggle = null) {
    const turn = ++this.turn;
    if (!smiles) {
      this.box.hidden = true;
      return;
    }
    try {
      const found = /** @type {Marked} */ (await (await post("/api/molecules/points", { smiles, toggle, width: WIDTH, height: HEIGHT, dark: isDark() })).json());
      // A later question has overtaken this one.
      if (turn !== this.turn) return;
      if (toggle !== null) this.input.value = found.smiles;
      this.show(found, toggle !== null);
    } catch (error) {
      if (turn !== this.turn) return;
      this.box.hidden = false;
      this.box.replaceChildren(el("p", { class: "small bad-text", role: "status" }, /** @type {Error} */ (error).message));
    }
  }

  /** @param {Marked} found @param {boolean} clicked */
  show(found, clicked) {
    const picture = el("img", { src: address(found.svg), width: WIDTH, height: HEIGHT, alt: found.smiles.slice(0, 200) });
    const sheet = el("div", { class: "sites-sheet" }, picture);
    const number = found.sites.filter((site) => site.points.length).length;
    for (const site of found.sites) {
      if (!site.is_open && !site.points.length) continue;
      const chosen = site.points.length > 0;
      const button = el("button", { type: "button", class: "site", "aria-pressed": String(chosen), "data-atom": site.atom, title: t(chosen ? "site_on" : "site_off", { element: site.element, atom: site.atom + 1 }), "aria-label": t("site_of", { element: site.element, atom: site.atom + 1 }), onclick: () => void this.draw(found.lying, site.atom) });
      button.style.left = `${(site.x / WIDTH) * 100}%`;
      button.style.top = `${(site.y / HEIGHT) * 100}%`;
      sheet.append(button);
    }
    const focused = clicked && document.activeElement instanceof HTMLElement && this.box.contains(document.activeElement);
    this.box.hidden = false;
    this.box.replaceChildren(sheet, el("p", { class: "small muted", role: "status" }, number ? t("sites_chosen", { n: number }) : t("sites_hint")));
    if (focused) /** @type {HTMLElement | null} */ (this.box.querySelector("button"))?.focus();
  }
}
