// @ts-check
/** The choice among ways of computing a profile; the page's address remembers it. */

import { el } from "./dom.js";
import { language, t } from "./strings.js";

/**
 * @typedef {{en: string, ja: string}} Words
 * @typedef {{key: string, label: Words, about: Words, missing: Words | null}} Choice
 * @typedef {{setting: string, label: Words, default: string, choices: Choice[]}} ModesPart
 */

export class Modes {
  /**
   * @param {ModesPart | null} part
   * @param {() => void} onChange
   */
  constructor(part, onChange) {
    this.part = part;
    this.onChange = onChange;
    this.chosen = part?.default ?? "";
    this.box = part ? this.make(part) : null;
    this.read();
  }

  /** Take over what the address says; a mode that cannot be chosen here counts as none. */
  read() {
    const wanted = new URL(location.href).searchParams.get("mode");
    const able = this.part?.choices.find((one) => one.key === wanted && !one.missing);
    this.set(able?.key ?? this.part?.default ?? "");
  }

  /** What an operation is told. @returns {Record<string, string>} */
  get settings() {
    return this.part ? { [this.part.setting]: this.chosen } : {};
  }

  /** An address of this page with the mode in it, if it is not the usual one. @param {string} address */
  within(address) {
    const made = new URL(address, location.origin);
    made.searchParams.delete("mode");
    if (this.part && this.chosen !== this.part.default) made.searchParams.set("mode", this.chosen);
    return made.pathname + made.search;
  }

  /** @param {string} key */
  set(key) {
    this.chosen = key;
    const choice = this.part?.choices.find((one) => one.key === key);
    for (const input of this.box?.querySelectorAll("input") ?? []) input.checked = input.value === key;
    if (choice) this.about?.replaceChildren(choice.about[language]);
  }

  /** @param {ModesPart} part */
  make(part) {
    this.about = el("span", { class: "small muted", "aria-live": "polite" });
    const missing = part.choices.flatMap((one) => (one.missing ? [el("p", { class: "small muted mode-missing", id: `mode-${one.key}-missing` }, `${one.label[language]}: ${one.missing[language]}`)] : []));
    const chips = part.choices.map((one) => el("label", { class: "chip", title: (one.missing ?? one.about)[language] },
      el("input", { type: "radio", name: "mode", value: one.key, disabled: one.missing !== null, "aria-describedby": one.missing ? `mode-${one.key}-missing` : undefined, onchange: () => this.press(one.key) }),
      el("span", {}, one.label[language])));
    return el("fieldset", { class: "modes", id: "modes" },
      el("div", { class: "modes-row", role: "radiogroup", "aria-label": t("mode") }, el("span", { class: "modes-name" }, t("mode")), el("div", { class: "chips" }, ...chips), this.about), ...missing);
  }

  /** @param {string} key */
  press(key) {
    this.set(key);
    history.replaceState(history.state, "", this.within(location.href));
    this.onChange();
  }
}
