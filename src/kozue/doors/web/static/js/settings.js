// @ts-check
/** Read and write the generated form of an operation's settings. */

import { count, t } from "./strings.js";

/** @returns {HTMLElement[]} */
function fields() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#settings .field"))];
}

/** @param {HTMLElement} field @returns {any} undefined if it is left empty */
function read(field) {
  const kind = field.dataset.kind;
  const control = /** @type {HTMLInputElement} */ (field.querySelector("input, select, textarea"));
  if (kind === "switch") return control.checked;
  if (kind === "choices") return [.../** @type {NodeListOf<HTMLInputElement>} */ (field.querySelectorAll("input:checked"))].map((box) => box.value);
  const text = control.value.trim();
  // A comma within brackets belongs to a substructure, such as [N,O].
  if (kind === "list") return text === "" ? undefined : text.split(/[,、，](?![^[]*\])/).map((one) => one.trim()).filter(Boolean);
  if (kind === "text") return text === "" && initial(field) === null ? undefined : control.value;
  if (text === "") return undefined;
  if (kind === "integer" || kind === "number") return Number(text);
  if (kind === "json") return JSON.parse(text);
  return options(field).find((option) => String(option) === text) ?? text;
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
  const control = /** @type {HTMLInputElement} */ (field.querySelector("input, select, textarea"));
  if (kind === "switch") control.checked = Boolean(value);
  else if (kind === "choices") {
    const chosen = new Set(Array.isArray(value) ? value.map(String) : []);
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (field.querySelectorAll("input"))) box.checked = chosen.has(box.value);
  } else if (kind === "list") control.value = Array.isArray(value) ? value.join(", ") : "";
  else if (kind === "json") control.value = value === null || value === undefined ? "" : JSON.stringify(value);
  else control.value = value === null || value === undefined ? "" : String(value);
}

/**
 * Settings that differ from their defaults.
 * @returns {Record<string, any> | null} null if a field is wrong; it is marked
 */
export function readSettings() {
  /** @type {Record<string, any>} */
  const found = {};
  let sound = true;
  for (const field of fields()) {
    const control = /** @type {HTMLInputElement} */ (field.querySelector("input, select, textarea"));
    let value;
    let wrong = !control.checkValidity();
    try {
      value = read(field);
    } catch {
      wrong = true;
    }
    if (value === undefined && field.dataset.required !== undefined) wrong = true;
    field.classList.toggle("wrong", wrong);
    control.setAttribute("aria-invalid", String(wrong));
    if (wrong && sound) control.focus();
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
    if (name in values) write(field, values[name]);
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
