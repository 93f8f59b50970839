// @ts-check
/** One line of a setting, read into its parts and written again: [sign] prefix value [limits] [*weight]. */

/**
 * @typedef {{value: string, label: {en: string, ja: string}, unit: string}} Choice
 * @typedef {{name: string, label: {en: string, ja: string}, prefix: string, choices: Choice[], is_structure: boolean, hint: string}} Kind
 * @typedef {{kind: Kind, value: string, wish: string, low: string, high: string, weight: string}} Line `wish`: "", "+", "-", "<", "<=", ">", ">=" or ".."
 */

const NUMBER = "[-+]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)(?:[eE][-+]?\\d+)?";
const WEIGHT = new RegExp(`(\\s*)\\*\\s*(${NUMBER})\\s*$`);
const COMPARED = new RegExp(`([<>]=?)\\s*(${NUMBER})\\s*$`);
const RANGED = new RegExp(`:(${NUMBER})?\\.\\.(${NUMBER})?\\s*$`);

/**
 * @param {string} text
 * @param {Kind[]} kinds
 * @returns {Line | null} null if it is more than a row can show
 */
export function readLine(text, kinds) {
  let rest = text.trim();
  const sign = /^[-+]/.test(rest) ? rest[0] : "";
  rest = rest.slice(sign.length).trim();
  const named = kinds.find((kind) => kind.prefix && rest.startsWith(kind.prefix));
  if (named) rest = rest.slice(named.prefix.length).trim();
  let weight = "";
  const weighed = WEIGHT.exec(rest);
  if (weighed && (weighed[1] || !named?.is_structure)) {
    weight = weighed[2];
    rest = rest.slice(0, weighed.index);
  }
  let [wish, low, high] = [sign, "", ""];
  const compared = COMPARED.exec(rest);
  const ranged = compared ? null : RANGED.exec(rest);
  if ((compared || ranged) && sign) return null;
  if (compared) {
    wish = compared[1];
    if (wish.startsWith("<")) high = compared[2];
    else low = compared[2];
    rest = rest.slice(0, compared.index);
  } else if (ranged) {
    [wish, low, high] = ["..", ranged[1] ?? "", ranged[2] ?? ""];
    rest = rest.slice(0, ranged.index);
  }
  const value = rest.trim();
  const kind = named ?? kinds.find((one) => !one.prefix && one.choices.some((choice) => choice.value === value));
  return kind && value ? { kind, value, wish, low, high, weight } : null;
}

/** @param {Line} line */
export function writeLine(line) {
  if (!line.value) return "";
  const sign = line.wish === "+" || line.wish === "-" ? line.wish : "";
  const limit = line.wish.startsWith("<") ? line.high : line.low;
  const limits = line.wish === ".." ? (line.low || line.high ? `:${line.low}..${line.high}` : "") : /^[<>]/.test(line.wish) && limit ? `${line.wish}${limit}` : "";
  const weight = line.weight && Number(line.weight) !== 1 ? `${line.kind.is_structure ? " " : ""}*${line.weight}` : "";
  return `${sign}${line.kind.prefix}${line.value}${limits}${weight}`;
}
