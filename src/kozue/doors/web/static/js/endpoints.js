// @ts-check
/** Endpoints of a profile as the pages show them: value, light, bar, percentile, domain. */

import { domainClass } from "./columns.js";
import { el, svg } from "./dom.js";
import { language, number, t } from "./strings.js";

/**
 * @typedef {{key: string, label: {en: string, ja: string}, unit: string, is_probability: boolean, reading: {en: string, ja: string}, better: string,
 *   good: number | null, poor: number | null, logarithmic: boolean, columns: Record<string, string>}} Endpoint
 * @typedef {{value: number | null, low: number | null, high: number | null, percentile: number | null, light: string, domain: string,
 *   neighbours: {smiles: string, value: number, similarity: number}[], verdict?: string}} Found
 */

export const LIGHTS = ["good", "fair", "poor"];

/** @param {Endpoint} endpoint @param {Record<string, any>} record @returns {Found} */
export function foundIn(endpoint, record) {
  /** @param {string} end */
  const beside = (end) => record[endpoint.columns[end] ?? ""] ?? null;
  return {
    value: record[endpoint.key] ?? null, low: beside("low"), high: beside("high"), percentile: beside("percentile"),
    light: String(beside("light") ?? ""), domain: String(beside("domain") ?? ""), neighbours: beside("neighbours") ?? [],
  };
}

/** @param {Endpoint} endpoint @param {number | null} value */
export function written(endpoint, value) {
  if (value === null) return "–";
  return endpoint.is_probability ? `${Math.round(value * 100)} %` : number(value);
}

/** @param {Endpoint} endpoint @param {Found} found */
export function intervalText(endpoint, found) {
  if (found.low === null || found.high === null) return "";
  if (endpoint.is_probability) return t("range", { low: Math.round(found.low * 100), high: `${Math.round(found.high * 100)} %` });
  return t("range", { low: number(found.low), high: number(found.high) });
}

/** @param {string} word */
export function lightMark(word) {
  if (!LIGHTS.includes(word)) return el("span", { class: "light none", "aria-hidden": "true" });
  const shapes = { good: "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Z", fair: "M8 2 14 8 8 14 2 8Z", poor: "M8 1.8 15 14H1Z" };
  const drawing = svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: shapes[/** @type {"good"} */ (word)], "stroke-linejoin": "round" }));
  return el("span", { class: `light ${word}`, role: "img", "aria-label": t(`light_${word}`), title: t(`light_${word}`) }, /** @type {any} */ (drawing));
}

/** @param {string} word */
export function domainBadge(word) {
  const known = domainClass(word);
  return el("span", { class: `badge ${known}` }, known ? t(known) : word);
}

/** Which stretches of a bar are good, fair and poor. @param {Endpoint} endpoint @returns {[number | null, number | null, string][]} */
function zones({ better, good, poor }) {
  if (good === null || poor === null) return [];
  if (better === "higher") return [[null, poor, "poor"], [poor, good, "fair"], [good, null, "good"]];
  if (better === "lower") return [[null, good, "good"], [good, poor, "fair"], [poor, null, "poor"]];
  if (better !== "middle") return [];
  const slack = (poor - good) / 2;
  return [[null, good - slack, "poor"], [good - slack, good, "fair"], [good, poor, "good"], [poor, poor + slack, "fair"], [poor + slack, null, "poor"]];
}

/**
 * A small bar: limits of the light behind, the interval, and the value.
 * @param {Endpoint} endpoint
 * @param {Found} found
 * @param {Found[]} [others] that stand beside it and share its scale
 */
export function zoneBar(endpoint, found, others = [found]) {
  /** @param {number} x */
  const axis = (x) => (endpoint.logarithmic ? Math.log10(Math.max(x, 1e-6)) : x);
  const ends = /** @type {number[]} */ ([...others.flatMap((one) => [one.value, one.low, one.high]), endpoint.good, endpoint.poor].filter((end) => typeof end === "number")).map(axis);
  let [from, to] = [0, 1];
  if (!endpoint.is_probability && ends.length) {
    const room = 0.12 * (Math.max(...ends) - Math.min(...ends)) || 0.5;
    [from, to] = [Math.min(...ends) - room, Math.max(...ends) + room];
  }
  /** @param {number | null} x @param {number} open */
  const place = (x, open) => (x === null ? open : Math.max(0, Math.min(100, ((axis(x) - from) / (to - from)) * 100)));
  const drawing = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
  for (const [start, end, light] of zones(endpoint)) {
    const left = place(start, 0);
    drawing.append(svg("rect", { class: `zone ${light}`, x: `${left}%`, y: 0, width: `${Math.max(0, place(end, 100) - left)}%`, height: 10 }));
  }
  if (found.low !== null && found.high !== null) {
    const left = place(found.low, 0);
    drawing.append(svg("rect", { class: "range", x: `${left}%`, y: 3, width: `${Math.max(1.5, place(found.high, 100) - left)}%`, height: 4, rx: 2 }));
  }
  if (found.value !== null) drawing.append(svg("circle", { class: `mark ${found.light}`, cx: `${place(found.value, 0)}%`, cy: 5, r: 5 }));
  return el("span", { class: "zone-bar" }, /** @type {any} */ (drawing));
}

/** @param {number | null} value */
export function percentileText(value) {
  return value === null ? "" : t("percentile", { n: Math.round(value) });
}

/** @param {{en: string, ja: string}} label */
export function label(label) {
  return label[language] || label.en;
}
