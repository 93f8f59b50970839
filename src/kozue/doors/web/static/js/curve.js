// @ts-check
/** A curve over time with its band, drawn as SVG, with a table for those who do not see it. */

import { el, svg } from "./dom.js";
import { number, t } from "./strings.js";

/** @typedef {{time_h: number, conc: number, low?: number | null, high?: number | null}} Point */

const EDGE = { left: 64, right: 14, top: 14, bottom: 44 };

/** Round steps for an axis. @param {number} top @param {number} wanted */
export function ticks(top, wanted) {
  const raw = top / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, place) => place * step);
}

/**
 * @param {Point[]} points
 * @param {string} unit
 * @param {boolean} logarithmic
 * @param {number} wide pixels of the room it has
 */
export function curve(points, unit, logarithmic, wide) {
  const WIDTH = Math.max(300, Math.min(1000, wide || 720));
  const HEIGHT = Math.round(Math.max(240, Math.min(340, WIDTH * 0.44)));
  const end = points[points.length - 1].time_h;
  const highest = Math.max(...points.map((point) => point.high ?? point.conc));
  const floor = highest / 1e4;
  const tall = HEIGHT - EDGE.top - EDGE.bottom;
  /** @param {number} time */
  const x = (time) => EDGE.left + (time / end) * (WIDTH - EDGE.left - EDGE.right);
  /** @param {number} value */
  const y = (value) => EDGE.top + tall * (1 - (logarithmic ? Math.log10(Math.max(value, floor) / floor) / 4 : value / (highest * 1.05)));
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve", role: "img", "aria-label": t("curve_label") });
  const heights = logarithmic ? [0, 1, 2, 3, 4].map((power) => floor * 10 ** power) : ticks(highest * 1.05, 4);
  for (const value of heights) {
    drawing.append(svg("line", { class: "rule", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }), words(EDGE.left - 8, y(value) + 4, number(value), "end"));
  }
  for (const time of ticks(end, WIDTH < 480 ? 4 : 7)) drawing.append(svg("line", { class: "rule", x1: x(time), x2: x(time), y1: EDGE.top, y2: HEIGHT - EDGE.bottom }), words(x(time), HEIGHT - EDGE.bottom + 18, number(time), "middle"));
  const banded = points.every((point) => typeof point.low === "number" && typeof point.high === "number");
  if (banded) {
    const upper = points.map((point) => `${x(point.time_h).toFixed(1)},${y(/** @type {number} */ (point.high)).toFixed(1)}`);
    const lower = points.map((point) => `${x(point.time_h).toFixed(1)},${y(/** @type {number} */ (point.low)).toFixed(1)}`).reverse();
    drawing.append(svg("polygon", { class: "band", points: [...upper, ...lower].join(" ") }));
  }
  drawing.append(svg("polyline", { class: "line", points: points.map((point) => `${x(point.time_h).toFixed(1)},${y(point.conc).toFixed(1)}`).join(" ") }));
  drawing.append(words((EDGE.left + WIDTH - EDGE.right) / 2, HEIGHT - 6, t("time_h"), "middle"), words(-(EDGE.top + tall / 2), 14, unit ? `${t("concentration")} (${unit})` : t("concentration"), "middle", "rotate(-90)"));
  return el("div", { class: "curve-box" }, /** @type {any} */ (drawing), numbers(points, unit, banded));
}

/** @param {number} x @param {number} y @param {string} text @param {string} anchor @param {string} [transform] */
export function words(x, y, text, anchor, transform) {
  const node = svg("text", { x, y, "text-anchor": anchor, ...(transform ? { transform } : {}) });
  node.textContent = text;
  return node;
}

/** @param {Point[]} points @param {string} unit @param {boolean} banded */
function numbers(points, unit, banded) {
  const step = Math.max(1, Math.ceil(points.length / 24));
  const rows = points.filter((_, place) => place % step === 0).map((point) => el("tr", {}, ...[point.time_h, point.conc, ...(banded ? [point.low, point.high] : [])].map((value) => el("td", { class: "number" }, number(value)))));
  const head = el("tr", {}, ...[t("time_h"), `${t("concentration")} ${unit ? `(${unit})` : ""}`, ...(banded ? [t("band_low"), t("band_high")] : [])].map((title) => el("th", { class: "number" }, title)));
  return el("details", { class: "inline" }, el("summary", {}, t("curve_numbers")), el("div", { class: "scroll-x curve-table" }, el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...rows))));
}
