// @ts-check
/**
 * Molecules that were set aside for a comparison. The browser keeps only the random names under which the
 * server holds the structures in memory; they are forgotten with the tab.
 */

import { post } from "./api.js";
import { el, icon, need } from "./dom.js";
import { count, t } from "./strings.js";

const PLACE = "kozue_tray";
export const MOST = 6;

/** @returns {string[]} */
export function held() {
  try {
    const found = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(found) ? found.filter((id) => typeof id === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** @param {string[]} ids */
export function hold(ids) {
  sessionStorage.setItem(PLACE, JSON.stringify(ids.slice(0, MOST)));
  showTray();
}

/** Let the server hold a structure and return its random name. @param {string} smiles @param {string} [name] */
export async function handle(smiles, name = "") {
  const made = await (await post("/api/molecules/handles", { smiles, name: name.slice(0, 500) })).json();
  return /** @type {string} */ (made.id);
}

/**
 * Set a molecule aside.
 * @param {string} smiles
 * @param {string} [name]
 * @returns {Promise<boolean>} false if the tray is full
 */
export async function setAside(smiles, name = "") {
  if (held().length >= MOST) return false;
  hold([...held(), await handle(smiles, name)]);
  return true;
}

/** @param {string[]} ids */
export function comparisonAddress(ids) {
  return `/ui/compare?ids=${ids.map(encodeURIComponent).join(",")}`;
}

/** Show on every page how many molecules are set aside. */
export function showTray() {
  const ids = held();
  document.getElementById("tray")?.remove();
  if (ids.length === 0) return;
  const link = el("a", { class: "tool tray", id: "tray", href: comparisonAddress(ids), title: t("tray_open") },
    icon("compare"), el("span", {}, t("tray", { n: count(ids.length) })));
  need(".tools").prepend(link);
}

/**
 * Open the page of a molecule without writing its structure into an address.
 * @param {string} smiles
 * @param {string} name
 * @param {boolean} elsewhere in a new tab
 */
export async function openMolecule(smiles, name, elsewhere) {
  // The tab has to be opened while the click is still fresh.
  const tab = elsewhere ? window.open("about:blank") : null;
  const address = `/ui/molecule?id=${await handle(smiles, name)}`;
  if (tab) tab.location.assign(address);
  else location.assign(address);
}

/**
 * What can be done with one structure: open its page, set it aside.
 * @param {string} smiles
 * @param {string} name
 * @param {(error: Error) => void} onProblem
 * @param {string} [address] of its page, where it has one that does not hold the structure
 */
export function moleculeActions(smiles, name, onProblem, address) {
  const said = el("span", { class: "small muted", role: "status" });
  const open = address ? el("a", { class: "button small", "data-act": "open-molecule", href: address }, icon("open"), t("open_molecule")) : el("button", { type: "button", class: "button small", "data-act": "open-molecule", onclick: (/** @type {MouseEvent} */ event) =>
    void openMolecule(smiles, name, event.ctrlKey || event.metaKey).catch(onProblem) }, icon("open"), t("open_molecule"));
  const aside = el("button", { type: "button", class: "button small", "data-act": "set-aside", onclick: () =>
    void setAside(smiles, name).then((done) => said.replaceChildren(t(done ? "set_aside_done" : "tray_full", { n: MOST }))).catch(onProblem) }, icon("compare"), t("set_aside"));
  return el("div", { class: "molecule-actions" }, open, aside, said);
}
