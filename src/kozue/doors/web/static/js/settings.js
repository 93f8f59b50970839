// @ts-check
/** Read and write the generated form of an operation's settings. */

import { count, t } from "./strings.js";

/** @param {string} [form] selector of the form, that of the settings by default @returns {HTMLElement[]} */
function fields(form = "#settings") {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`${form} .field`))];
}

/** The control that holds a field's value. @param {HTMLElement} field */
export function controlOf(field) {
  return /** @type {HTMLInputElement} */ (field.querySelector('[id^="set-"]') ?? field.querySelector("input, select, textarea"));
}

/** @param {HTMLElement} field @returns {any} undefined if it is left empty */
function read(field) {
  const kind = field.dataset.kind;
  const control = controlOf(field);
  if (kind === "switch") return control.checked;
  if (kind === "choices") return [.../** @type {NodeListOf<HTMLInputElement>} */ (field.querySelectorAll("input:checked"))].map((box) => box.value);
  const text = control.value.trim();
  // A comma within brackets belongs to a substructure, such as [N,O].
  if (kind === "list") return text === "" ? undefined : text.split(/[,、，](?![^[]*\])/).map((one) => one.trim()).filter(Boolean).map((one) => entry(field, one));
  if (kind === "lines") return text === "" ? undefined : text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => (line.startsWith("{") ? JSON.parse(line) : line));
  if (kind === "structure" || kind === "points") return text === "" && initial(field) === null ? undefined : text;
  if (kind === "text") return text === "" && initial(field) === null ? undefined : control.value;
  if (text === "") return undefined;
  if (kind === "integer" || kind === "number") return Number(text);
  if (kind === "json") return JSON.parse(text);
  return options(field).find((option) => String(option) === text) ?? text;
}

/** One entry of a list, as the setting wants it. @param {HTMLElement} field @param {string} text */
function entry(field, text) {
  return /^(integer|number)$/.test(field.dataset.items ?? "") && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** @param {HTMLElement} field */
function initial(field) {
  return JSON.parse(field.dataset.default ?? "null");
}

/** @param {HTMLElement} field */
function options(field) {
  return [.../** @type {NodeListOf<HTMLOptionElement>} */ (field.querySelectorAll("option"))].map((option) => option.value);
}

/** @param {HTMLElement} field @param {any} value */
function write(field, value) {
  const kind = field.dataset.kind;
  const control = controlOf(field);
  if (kind === "switch") control.checked = Boolean(value);
  else if (kind === "choices") {
    const chosen = new Set(Array.isArray(value) ? value.map(String) : []);
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (field.querySelectorAll("input"))) box.checked = chosen.has(box.value);
  } else if (kind === "list") control.value = Array.isArray(value) ? value.join(", ") : "";
  else if (kind === "json") control.value = value === null || value === undefined ? "" : JSON.stringify(value);
  else if (kind === "lines") control.value = (Array.isArray(value) ? value : value ? [value] : []).map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  else control.value = value === null || value === undefined ? "" : String(value);
  // Controls with more than one part follow what was written.
  field.dispatchEvent(new Event("kozue:written"));
}

/**
 * Settings that differ from their defaults.
 * @param {string} [form] selector of the form
 * @returns {Record<string, any> | null} null if a field is wrong; it is marked
 */
export function readSettings(form) {
  /** @type {Record<string, any>} */
  const found = {};
  let sound = true;
  for (const field of fields(form)) {
    const control = controlOf(field);
    let value;
    let wrong = !control.checkValidity();
    try {
      value = read(field);
    } catch {
      wrong = true;
    }
    if ((value === undefined || value === "") && field.dataset.required !== undefined) wrong = true;
    field.classList.toggle("wrong", wrong);
    control.setAttribute("aria-invalid", String(wrong));
    if (wrong) field.closest("details")?.setAttribute("open", "");
    if (wrong && sound) (control.checkVisibility() ? control : /** @type {HTMLElement | null} */ (field.querySelector("input, select")))?.focus();
    sound = sound && !wrong;
    const same = JSON.stringify(value ?? null) === JSON.stringify(initial(field) ?? (Array.isArray(value) && value.length === 0 ? [] : null));
    if (!wrong && value !== undefined && !same) found[field.dataset.name ?? ""] = value;
  }
  return sound ? found : null;
}

/** @param {Record<string, any>} values */
export function writeSettings(values) {
  for (const field of fields()) {
    const name = field.dataset.name ?? "";
    if (!(name in values)) continue;
    write(field, values[name]);
    // What differs from the default must not be hidden.
    const folded = /** @type {HTMLDetailsElement | null} */ (field.closest("details.more-settings"));
    if (folded && JSON.stringify(values[name]) !== JSON.stringify(initial(field))) folded.open = true;
  }
  sayChosen();
}

export function resetSettings() {
  for (const field of fields()) {
    write(field, initial(field));
    field.classList.remove("wrong");
  }
  sayChosen();
}

/** Turn all or none of a set of choices on. @param {Event} event */
export function chooseMany(event) {
  const button = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-choose]"));
  if (!button) return;
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (button.closest("fieldset")?.querySelectorAll("input") ?? [])) box.checked = button.dataset.choose === "all";
  sayChosen();
}

/** Say how many of a set of choices are on. */
export function sayChosen() {
  for (const field of fields()) {
    const place = field.querySelector('[data-part="count"]');
    if (!place) continue;
    const all = field.querySelectorAll("input").length;
    place.textContent = t("chosen_of", { n: count(field.querySelectorAll("input:checked").length), total: count(all) });
  }
}
