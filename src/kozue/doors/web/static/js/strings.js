// @ts-check
/** Texts of the page's language, written into the page by the server. */

/** @type {Record<string, string>} */
const texts = JSON.parse(document.getElementById("strings")?.textContent ?? "{}");

export const language = document.documentElement.lang === "ja" ? "ja" : "en";

/**
 * Return a text with its values filled in; `{one|several}` stands for the word that goes with `n`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  const single = String(values.n) === "1";
  const worded = text.replace(/\{([^{}|]*)\|([^{}|]*)\}/g, (_, one, several) => (single ? one : several));
  return worded.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const whole = new Intl.NumberFormat(language);

/** @param {number} value */
export function count(value) {
  return whole.format(value);
}

/**
 * Show a number with about four significant digits, never in a form that hides its size.
 * @param {unknown} value
 * @returns {string}
 */
export function number(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  if (value < 0) return `\u2212${number(-value)}`;
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return whole.format(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return scientific(value);
  return value.toLocaleString(language, { maximumSignificantDigits: size >= 1000 ? 4 : 3, useGrouping: false });
}

/** @param {number} value positive */
function scientific(value) {
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(2).split("e");
  const raised = [...String(Number(power))].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("");
  return `${digits}×10${raised}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return t("seconds", { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return t("minutes", { n: Math.round(seconds / 60) });
  return t("hours", { n: (seconds / 3600).toFixed(1) });
}
