// @ts-check
/** The panel beside the table: one record with everything that is known about it. */

import { badge, interval, looksDrawable, shownValue, tags, track } from "./cells.js";
import { titleOf } from "./columns.js";
import { el, icon } from "./dom.js";
import { picture } from "./pictures.js";
import { count, number, t } from "./strings.js";
import { moleculeActions } from "./tray.js";
import { show3d } from "./viewer.js";

/**
 * @typedef {import("./columns.js").Shown} Shown
 * @typedef {import("./source.js").Row} Row
 * @typedef {import("./source.js").Column} Column
 */

/**
 * @param {HTMLElement} panel
 * @param {Shown[]} columns
 * @param {Row} row
 * @param {number} index
 * @param {() => void} onClose
 * @param {string} [address] of the molecule's page, where it has one that does not hold the structure
 */
export function showDetail(panel, columns, row, index, onClose, address) {
  const molecule = columns.find((column) => column.kind === "molecule");
  const smiles = molecule ? row[molecule.value.name] : null;
  const name = columns.find((column) => column.kind === "name" && row[column.value.name]);
  const title = name ? String(row[name.value.name]) : `# ${count((row._row ?? index) + 1)}`;
  const close = el("button", { type: "button", class: "tool", "aria-label": t("close"), title: t("close"), onclick: onClose }, icon("close"));
  const parts = /** @type {HTMLElement[]} */ ([el("div", { class: "detail-head" }, el("h3", { title }, title), close)]);
  if (smiles && (!row.error_code || looksDrawable(row))) parts.push(el("div", { class: "detail-picture" }, picture(String(smiles), 360, 240, undefined, (molecule?.marks && row[molecule.marks.name]) || undefined)));
  if (smiles) parts.push(smilesLine(String(smiles)));
  if (smiles && !row.error_code) {
    const said = el("p", { class: "small bad-text", role: "alert" });
    parts.push(el("div", { class: "detail-actions" }, moleculeActions(String(smiles), name ? String(row[name.value.name]) : "", (error) => said.replaceChildren(error.message), address), said));
  }
  if (row.error_code) parts.push(el("div", { class: "detail-section detail-error" }, el("b", {}, t("no_result")), el("p", {}, row.error_message ?? row.error_code)));
  const estimates = columns.filter((column) => column.kind === "estimate" && row[column.value.name] !== null && row[column.value.name] !== undefined);
  for (const column of estimates) parts.push(estimateDetail(column, row, smiles ? String(smiles) : ""));
  for (const column of columns) {
    if (column.value.role === "protein_structure" && row[column.value.name]) parts.push(structureDetail(String(row[column.value.name])));
    if (column.kind === "list" && column.neighbours && row[column.value.name]) parts.push(el("div", { class: "detail-section" }, neighbourList(row[column.value.name], column.value)));
    if (column.kind === "list" && column.weights && smiles && row[column.value.name]) parts.push(el("div", { class: "detail-section" }, weightsPicture(String(smiles), row[column.value.name])));
  }
  const rest = columns.filter((column) => !["estimate", "molecule", "list"].includes(column.kind) && column.value.role !== "protein_structure" && column !== name && row[column.value.name] !== null);
  if (rest.length) parts.push(pairs(rest, row));
  panel.replaceChildren(...parts);
  panel.hidden = false;
  panel.scrollTop = 0;
}

/** @param {string} smiles */
function smilesLine(smiles) {
  const copy = el("button", { type: "button", class: "link", title: t("open_structure"), "aria-label": t("open_structure"), onclick: () => void navigator.clipboard?.writeText(smiles) }, icon("copy"));
  return el("div", { class: "detail-smiles" }, el("code", {}, smiles), copy);
}

/** @param {Shown} column @param {Row} row @param {string} smiles */
function estimateDetail(column, row, smiles) {
  const inner = el("div", { class: "inner" });
  const span = interval(column, row);
  const summary = el("summary", {}, el("span", { class: "name" }, column.title),
    el("span", {}, el("b", {}, shownValue(column, row[column.value.name])), column.unit ? el("small", {}, ` ${column.unit}`) : null));
  const bar = track(column, row);
  if (bar) inner.append(bar);
  const facts = el("dl", { class: "pairs" });
  if (span) facts.append(el("dt", {}, t("interval")), el("dd", {}, column.value.role === "probability" ? span : `${span} ${column.unit}`));
  if (column.probability && column.probability !== column.value && typeof row[column.probability.name] === "number") {
    facts.append(el("dt", {}, t("probability")), el("dd", {}, `${Math.round(row[column.probability.name] * 100)} %`));
  }
  if (column.domain && row[column.domain.name]) facts.append(el("dt", {}, t("domain")), el("dd", {}, badge(row[column.domain.name])));
  for (const other of column.others) {
    const value = row[other.name];
    if (value !== null && value !== undefined) facts.append(el("dt", {}, titleOf(other)), el("dd", {}, typeof value === "number" ? `${number(value)} ${other.unit}` : String(value)));
  }
  if (column.description) inner.append(el("p", { class: "small muted" }, column.description));
  inner.append(facts);
  const weights = column.weights ? row[column.weights.name] : null;
  if (weights?.length && smiles) inner.append(weightsPicture(smiles, weights));
  const near = column.neighbours ? row[column.neighbours.name] : null;
  if (near?.length) inner.append(neighbourList(near, column.value));
  const box = el("details", { class: "detail-estimate" }, summary);
  // Pictures are asked for only when somebody looks.
  box.addEventListener("toggle", () => box.open && !inner.isConnected && box.append(inner));
  return box;
}

/** @param {string} smiles @param {number[]} weights */
function weightsPicture(smiles, weights) {
  return el("div", {}, el("p", { class: "mini-title" }, t("explained")), el("div", { class: "detail-picture" }, picture(smiles, 360, 240, weights)));
}

/**
 * @param {{smiles: string, value: number, similarity: number}[]} near
 * @param {Column} column what was measured
 */
function neighbourList(near, column) {
  const yesNo = column.role === "probability" || near.every((one) => one.value === 0 || one.value === 1) && column.unit === "";
  const figures = near.slice(0, 6).map((one) =>
    el("figure", { title: one.smiles }, picture(one.smiles, 150, 100),
      el("b", {}, yesNo && (one.value === 0 || one.value === 1) ? t(one.value ? "positive" : "negative") : number(one.value)),
      el("small", {}, `${t("similarity")} ${one.similarity?.toFixed(2) ?? "–"}`)));
  const unit = column.unit ? ` (${column.unit})` : "";
  return el("div", {}, el("p", { class: "mini-title" }, t("neighbours") + unit), el("div", { class: "neighbours" }, ...figures));
}

/** @param {string} text */
function structureDetail(text) {
  const box = el("div", { class: "detail-section" });
  box.append(el("button", { type: "button", class: "button small", onclick: () => void show3d(box, text) }, t("show_3d")));
  return box;
}

/** @param {Shown[]} rest @param {Row} row */
function pairs(rest, row) {
  const list = el("dl", { class: "pairs" });
  for (const column of rest) {
    const value = row[column.value.name];
    const shown = column.kind === "tags" ? el("span", { class: "tag-list" }, ...tags(value, 50)) : column.kind === "category" ? badge(value) : typeof value === "number" ? `${number(value)} ${column.unit}` : typeof value === "object" ? JSON.stringify(value) : String(value);
    list.append(el("dt", {}, column.title), el("dd", {}, shown));
  }
  return el("div", { class: "detail-section" }, el("p", { class: "mini-title" }, t("other_values")), list);
}
