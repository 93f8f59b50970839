// @ts-check
/** Lines over a common axis, drawn as SVG, with the last values in words. */

import { ticks, words } from "./curve.js";
import { el, svg } from "./dom.js";
import { number, t } from "./strings.js";

/** @typedef {{name: string, x: number[], y: (number | null)[]}} Series */

const EDGE = { left: 52, right: 14, top: 12, bottom: 40 };
const HEIGHT = 240;

/**
 * @param {string} axis what runs along below
 * @param {Series[]} series up to four
 * @param {number} wide pixels of the room it has
 */
export function chart(axis, series, wide) {
  const width = Math.max(280, Math.min(1100, wide || 560));
  const drawn = series.map((one) => ({ ...one, at: one.x.map((x, place) => [x, one.y[place]]).filter((pair) => typeof pair[1] === "number" && Number.isFinite(pair[1])) }));
  const points = drawn.flatMap((one) => /** @type {number[][]} */ (one.at));
  if (points.length < 2) return null;
  const [xs, ys] = [points.map((pair) => pair[0]), points.map((pair) => pair[1])];
  const end = Math.max(...xs);
  const begin = Math.min(...xs);
  const [lowest, highest] = range(ys);
  /** @param {number} value */
  const x = (value) => EDGE.left + ((value - begin) / (end - begin || 1)) * (width - EDGE.left - EDGE.right);
  /** @param {number} value */
  const y = (value) => EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - (value - lowest) / (highest - lowest));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: "chart", role: "img", "aria-label": series.map((one) => one.name).join(", ") });
  for (const value of ticks(highest - lowest, 4).map((step) => lowest + step)) drawing.append(svg("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }), words(EDGE.left - 8, y(value) + 4, number(Number(value.toPrecision(6))), "end"));
  for (const value of ticks(end, width < 480 ? 4 : 6)) if (value >= begin) drawing.append(words(x(value), HEIGHT - EDGE.bottom + 18, number(value), "middle"));
  drawn.forEach((one, place) => drawing.append(svg("polyline", { class: `line line-${place}`, points: one.at.map(([a, b]) => `${x(Number(a)).toFixed(1)},${y(Number(b)).toFixed(1)}`).join(" ") })));
  drawing.append(words((EDGE.left + width - EDGE.right) / 2, HEIGHT - 4, axis, "middle"));
  const legend = el("ul", { class: "legend" }, ...drawn.map((one, place) => el("li", { class: `key-${place}` }, el("span", { class: "capital" }, one.name), el("b", {}, one.at.length ? number(one.at[one.at.length - 1][1]) : t("no_value")))));
  return el("div", { class: "chart-box" }, /** @type {any} */ (drawing), legend);
}

/** Round ends of an axis that hold all values. @param {number[]} values @returns {[number, number]} */
function range(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low === high) return [low - 0.5, high + 0.5];
  const [, step] = ticks(high - low, 4);
  return [Math.floor(low / step) * step, high + (high - low) * 0.04];
}

/**
 * The curves that a job shows, as one chart.
 * @param {Record<string, (number | null)[]>} curves the first one is the axis
 * @param {(name: string) => string} label
 * @param {number} wide
 */
export function curvesOf(curves, label, wide) {
  const [axis, ...others] = Object.entries(curves ?? {});
  if (!axis || !others.length) return null;
  return chart(label(axis[0]), others.slice(0, 4).map(([name, y]) => ({ name: label(name), x: /** @type {number[]} */ (axis[1]), y })), wide);
}
