// @ts-check
/** One cell of the molecule table for each kind of column. */

import { domainClass } from "./columns.js";
import { el, svg } from "./dom.js";
import { picture } from "./pictures.js";
import { lightMark } from "./endpoints.js";
import { number, t } from "./strings.js";

/**
 * @typedef {import("./columns.js").Shown} Shown
 * @typedef {import("./source.js").Row} Row
 */

/**
 * @param {Shown} column
 * @param {Row} row
 */
export function cell(column, row) {
  const value = row[column.value.name];
  if (column.kind === "pair") return el("div", { class: "grid-cell cell-pair", role: "gridcell" }, ...pair(column, row));
  const box = el("div", { class: `grid-cell cell-${column.kind}`, role: "gridcell" });
  if (value === null || value === undefined || value === "") {
    box.append(el("span", { class: "muted" }, "–"));
    return box;
  }
  if (column.kind === "molecule") {
    // A structure that could not be read is not asked for again as a picture.
    box.append(row.error_code && !looksDrawable(row) ? el("span", { class: "mono", title: String(value) }, String(value)) : picture(String(value), 108, 68, undefined, (column.marks && row[column.marks.name]) || undefined));
  } else if (column.kind === "estimate") box.append(...estimate(column, row));
  else if (column.kind === "number") box.append(number(value));
  else if (column.kind === "flag") box.append(el("span", { class: "badge" }, value ? "✓" : "✗"));
  else if (column.value.name === "in_runs") box.append(el("span", { class: "badge" }, t(`where_${value}`)));
  else if (column.kind === "category") box.append(badge(value));
  else if (column.kind === "tags") box.append(...tags(value, 2));
  else if (column.kind === "list") box.append(el("span", {}, Array.isArray(value) ? String(value.length) : JSON.stringify(value).slice(0, 60)));
  else box.append(el("span", { title: String(value) }, String(value).slice(0, 300)));
  return box;
}

/** A value of two runs: both, and the change. @param {Shown} column @param {Row} row */
function pair(column, row) {
  /** @param {import("./columns.js").Column | undefined} part */
  const text = (part) => {
    const value = part ? row[part.name] : null;
    if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
    return part?.role === "probability" ? `${Math.round(value * 100)} %` : number(value);
  };
  const change = column.change ? row[column.change.name] : null;
  const same = column.change ? change === 0 || change === null : text(column.first) === text(column.second);
  const both = el("span", { class: `pair-values${same ? " muted" : ""}` }, text(column.first), el("span", { class: "arrow", "aria-hidden": "true" }, "→"), text(column.second));
  if (typeof change !== "number" || same) return [both];
  const shown = column.first?.role === "probability" ? `${(change * 100).toFixed(0)} %` : number(change);
  return [both, el("small", { class: change > 0 ? "up" : "down" }, `${change > 0 ? "+" : ""}${shown.replace("-", "\u2212")}`)];
}

/** Errors of reading mean that there is nothing to draw. @param {Row} row */
export function looksDrawable(row) {
  return !/unreadable|empty|too_l|invalid|format|molecule/.test(String(row.error_code ?? ""));
}

/** @param {unknown} value */
export function badge(value) {
  const known = domainClass(value);
  return el("span", { class: `badge ${known}` }, known ? t(known) : String(value));
}

/** @param {unknown} value @param {number} most */
export function tags(value, most) {
  const all = Array.isArray(value) ? value.map(String) : [];
  if (all.length === 0) return [el("span", { class: "muted" }, "–")];
  const shown = all.slice(0, most).map((one) => el("span", { class: "badge", title: one }, one));
  return all.length > most ? [...shown, el("span", { class: "badge", title: all.slice(most).join("\n") }, `+${all.length - most}`)] : shown;
}

/** @param {Shown} column @param {Row} row */
function estimate(column, row) {
  const value = row[column.value.name];
  const light = column.light ? String(row[column.light.name] ?? "") : "";
  const top = el("span", { class: "estimate-top" }, light ? lightMark(light) : null, el("b", {}, shownValue(column, value)));
  const domain = column.domain ? domainClass(row[column.domain.name]) : "";
  if (domain) top.append(el("span", { class: `dot ${domain}`, title: `${t("domain")}: ${t(domain)}`, role: "img", "aria-label": `${t("domain")}: ${t(domain)}` }));
  const parts = /** @type {HTMLElement[]} */ ([top]);
  const bar = track(column, row);
  if (bar) parts.push(bar);
  const span = interval(column, row);
  if (span) parts.push(el("small", {}, span));
  return parts;
}

/** @param {Shown} column @param {unknown} value */
export function shownValue(column, value) {
  if (column.value.role === "probability" && typeof value === "number") return `${(value * 100).toFixed(value > 0.995 || value < 0.005 ? 1 : 0)} %`;
  if (typeof value !== "number") return String(value ?? "–");
  const places = decimals(column);
  // So small a value would round to almost nothing; then its own digits say more than equal columns.
  return places === null || Math.abs(value) < 10 ** (1 - places) ? number(value) : fixed(value, places);
}

/**
 * Decimal places that tell the values of a column apart, so that all of them are written alike.
 * @param {Shown} column
 */
function decimals(column) {
  if (!column.scale || column.logarithmic) return null;
  const span = column.scale[1] - column.scale[0];
  return span > 0 && span < 1e5 ? Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(span)))) : null;
}

/** @param {number} value @param {number | null} places */
function fixed(value, places) {
  if (places === null) return number(value);
  const text = Math.abs(value).toFixed(places);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/** @param {Shown} column @param {Row} row */
export function interval(column, row) {
  if (!column.low || !column.high) return "";
  const low = row[column.low.name];
  const high = row[column.high.name];
  if (typeof low !== "number" || typeof high !== "number") return "";
  if (column.value.role === "probability") return t("range", { low: Math.round(low * 100), high: `${Math.round(high * 100)} %` });
  const places = decimals(column);
  return t("range", { low: fixed(low, places), high: fixed(high, places) });
}

/**
 * A small bar: how large a probability is, or where the value and its interval lie among the others.
 * @param {Shown} column @param {Row} row
 */
export function track(column, row) {
  const value = row[column.value.name];
  if (!column.scale || typeof value !== "number") return null;
  /** @param {number} x */
  const axis = (x) => (column.logarithmic ? Math.log(Math.max(x, Number.MIN_VALUE)) : x);
  const [from, to] = column.scale.map(axis);
  /** @param {number} x */
  const place = (x) => Math.max(0, Math.min(100, ((axis(x) - from) / (to - from)) * 100));
  const drawing = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
  const low = column.low ? row[column.low.name] : null;
  const high = column.high ? row[column.high.name] : null;
  if (typeof low === "number" && typeof high === "number") {
    drawing.append(svg("rect", { class: "range", x: `${place(low)}%`, y: 0, width: `${Math.max(2, place(high) - place(low))}%`, height: 5, rx: 2.5 }));
  } else if (column.value.role === "probability" && value > 0) {
    drawing.append(svg("rect", { class: "range", x: 0, y: 0, width: `${Math.max(3, place(value))}%`, height: 5, rx: 2.5 }));
  }
  drawing.append(svg("circle", { class: "mark", cx: `${place(value)}%`, cy: 2.5, r: 4 }));
  const box = el("span", { class: "track" });
  box.append(drawing);
  return box;
}
