// @ts-check
/** From the columns of a schema to what a person sees: an endpoint with its interval is one column. */

import { language, t } from "./strings.js";

/**
 * @typedef {import("./source.js").Column} Column
 * @typedef {import("./source.js").Row} Row
 * @typedef {{key: string, title: string, unit: string, description: string, kind: "molecule" | "name" | "text" | "number" | "estimate" | "flag" | "category" | "tags" | "list" | "pair",
 *   width: number, stuck: boolean, value: Column, low?: Column, high?: Column, probability?: Column, domain?: Column, neighbours?: Column, weights?: Column, light?: Column, marks?: Column, first?: Column, second?: Column, change?: Column, others: Column[],
 *   scale: [number, number] | null, logarithmic: boolean}} Shown
 */

const HIDDEN = new Set(["error_code", "error_message", "_row"]);
const NUMBERS = /^(double|float|halffloat|u?int\d+|decimal)/;

/** @param {Column} column */
export function isNumber(column) {
  return NUMBERS.test(column.type);
}

/** @param {Column} column */
export function titleOf(column) {
  const plain = column.name.replaceAll("_", " ");
  const text = column.label?.[language] || plain;
  // A label was written with care (hERG); a column's name was not.
  return text === plain ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/**
 * @param {Column[]} columns
 * @returns {Shown[]} molecules first, then names, then the rest in their order
 */
export function shownColumns(columns) {
  /** @type {Map<string, Column[]>} */
  const groups = new Map();
  for (const column of columns) {
    if (HIDDEN.has(column.name) || column.role === "marked_atoms") continue;
    const key = column.group ? `group:${column.group}` : column.name;
    groups.set(key, [...(groups.get(key) ?? []), column]);
  }
  const shown = [...groups].map(([key, members]) => (members.length > 1 ? grouped(key, members) : single(members[0])));
  // Atoms to mark are shown in the picture of the structure.
  const marks = columns.find((column) => column.role === "marked_atoms");
  for (const column of shown) if (column.kind === "molecule") column.marks = marks;
  const rank = { molecule: 0, name: 1 };
  return shown.map((column, place) => ({ column, place }))
    .sort((a, b) => (rank[/** @type {"molecule"} */ (a.column.kind)] ?? 2) - (rank[/** @type {"molecule"} */ (b.column.kind)] ?? 2) || a.place - b.place)
    .map((entry) => entry.column);
}

/** @param {Column} column @returns {Shown} */
function single(column) {
  /** @type {Shown} */
  const made = { key: column.name, title: titleOf(column), unit: column.unit, description: column.description, kind: "text", width: 180, stuck: false, value: column, others: [], scale: null, logarithmic: false };
  if (column.role === "molecule") return { ...made, kind: "molecule", title: t("structure"), width: 128, stuck: true };
  if (column.role === "name" || column.role === "identifier") return { ...made, kind: "name", width: 150 };
  if (column.role === "probability") return { ...made, kind: "estimate", width: 132, probability: column, scale: [0, 1] };
  if (column.role === "neighbours") return { ...made, kind: "list", neighbours: column };
  if (column.role === "atom_weights") return { ...made, kind: "list", weights: column };
  if (/^(large_)?list<.*string>$/.test(column.type)) return { ...made, kind: "tags", width: 200 };
  if (column.type === "bool") return { ...made, kind: "flag", width: 110 };
  if (column.role === "category") return { ...made, kind: "category", width: 130, domain: column };
  if (isNumber(column)) return { ...made, kind: "number", width: 132 };
  if (column.type.startsWith("list") || column.type.startsWith("struct")) return { ...made, kind: "list" };
  return made;
}

/** @param {string} key @param {Column[]} members @returns {Shown} */
function grouped(key, members) {
  /** @param {...string} roles */
  const having = (...roles) => members.find((column) => roles.includes(column.role ?? ""));
  const value = having("value", "probability") ?? members.find(isNumber) ?? members[0];
  const low = having("interval_low");
  const high = having("interval_high");
  const probability = having("probability");
  const domain = members.find((column) => column.name.endsWith("_domain")) ?? members.find((column) => column.role === "category" && column !== value && !/_(light|second)$/.test(column.name));
  const light = members.find((column) => column.name.endsWith("_light"));
  const second = members.find((column) => column.name === `${value.name}_second`);
  const change = members.find((column) => column.name === `${value.name}_change`);
  const neighbours = having("neighbours");
  const weights = having("atom_weights");
  const used = new Set([value, low, high, probability, domain, neighbours, weights, light]);
  const estimate = isNumber(value);
  if (second) return { key, title: titleOf(value), unit: value.unit, description: value.description, kind: "pair", width: 190, stuck: false, value: change ?? second, first: value, second, change, others: [], scale: null, logarithmic: false };
  return {
    key, title: titleOf(value), unit: value.unit, description: value.description, kind: estimate ? "estimate" : "category", width: estimate ? 150 : 130, stuck: false,
    value, low, high, probability, domain, neighbours, weights, light, others: members.filter((column) => !used.has(column)),
    scale: value.role === "probability" ? [0, 1] : null, logarithmic: false,
  };
}

/**
 * Fix the scale of bars from the first rows seen, so that bars of one column can be compared.
 * @param {Shown[]} shown
 * @param {Row[]} rows
 */
export function setScales(shown, rows) {
  for (const column of shown) {
    if (column.kind !== "estimate" || column.value.role === "probability") continue;
    const names = [column.value, column.low, column.high].filter((part) => part !== undefined).map((part) => /** @type {Column} */ (part).name);
    const values = rows.flatMap((row) => names.map((name) => row[name])).filter((value) => typeof value === "number");
    if (values.length === 0) continue;
    const smallest = values.reduce((a, b) => Math.min(a, b));
    const largest = values.reduce((a, b) => Math.max(a, b));
    // Half-lives of minutes and of days cannot share a linear bar.
    column.logarithmic = smallest > 0 && largest > 100 * smallest;
    column.scale = largest > smallest ? [smallest, largest] : [smallest - 1, largest + 1];
  }
}

/** What is said about the domain, in three words. @param {unknown} value */
export function domainClass(value) {
  const text = String(value ?? "").toLowerCase();
  return ["inside", "edge", "outside"].find((word) => text === word) ?? "";
}
