// @ts-check
/**
 * Pictures of molecules. Structures are sent in the body of a request, many at once, and never as part of an
 * address; what was drawn stays in this page's memory.
 */

import { post } from "./api.js";
import { el, isDark } from "./dom.js";

/**
 * @typedef {{smiles: string, width: number, height: number, weights?: number[], atoms?: number[]}} Wish
 */

const AT_ONCE = 40;
const KEPT = 800;
// Until it is drawn, a picture is empty rather than broken.
export const EMPTY = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
const UNREADABLE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-30 -20 60 40" fill="none" stroke="INK" stroke-width="1.6" stroke-linecap="round"><path d="M-7 -4 0 -8 7 -4V4L0 8 -7 4Z" stroke-dasharray="2.5 3"/><path d="M-12 12 12 -12"/></svg>';

/** @type {Map<string, string>} */
const drawn = new Map();
/** @type {WeakMap<Element, Wish>} */
const wishes = new WeakMap();
/** @type {Set<HTMLImageElement>} */
const waiting = new Set();
let asking = 0;
let timer = 0;

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    request(/** @type {HTMLImageElement} */ (entry.target));
  }
}, { rootMargin: "160px" });

document.addEventListener("kozue:theme", () => {
  for (const image of /** @type {NodeListOf<HTMLImageElement>} */ (document.querySelectorAll("img[data-smiles]"))) request(image);
});

/**
 * A picture that is drawn once it comes into sight.
 * @param {string} smiles
 * @param {number} width
 * @param {number} height
 * @param {number[]} [weights]
 * @param {number[]} [atoms] to mark
 */
export function picture(smiles, width, height, weights, atoms) {
  const image = el("img", { alt: smiles.slice(0, 200), width, height, class: "drawing", src: EMPTY });
  image.dataset.smiles = smiles;
  change(image, { smiles, width, height, weights, atoms });
  return image;
}

/** Draw something else in the place of a picture. @param {HTMLImageElement} image @param {Wish} wish */
export function change(image, wish) {
  wishes.set(image, wish);
  image.dataset.weights = wish.weights ? wish.weights.map((weight) => weight.toPrecision(3)).join(",") : "";
  image.dataset.atoms = (wish.atoms ?? []).join(",");
  const known = drawn.get(keyOf(wish));
  if (known) image.src = known;
  else seen.observe(image);
}

/** @param {Wish} wish */
function keyOf(wish) {
  return JSON.stringify([isDark(), wish.width, wish.height, wish.smiles, wish.weights ?? null, wish.atoms ?? []]);
}

/** @param {HTMLImageElement} image */
function request(image) {
  const wish = wishes.get(image);
  const known = wish ? drawn.get(keyOf(wish)) : null;
  if (known) image.src = known;
  else if (wish) {
    waiting.add(image);
    if (!timer) timer = window.setTimeout(ask, 15);
  }
}

async function ask() {
  timer = 0;
  if (asking >= 2) return;
  // Rows that were scrolled past are gone; nobody waits for their pictures.
  const images = [...waiting].filter((image) => image.isConnected).slice(0, AT_ONCE);
  for (const image of [...waiting]) if (!image.isConnected || images.includes(image)) waiting.delete(image);
  if (images.length === 0) return;
  asking += 1;
  const asked = images.map((image) => /** @type {Wish} */ (wishes.get(image)));
  const keys = asked.map(keyOf);
  try {
    const found = await drawings(asked);
    found.drawings.forEach((/** @type {{svg: string, problem: string}} */ one, /** @type {number} */ place) => {
      keep(keys[place], address(one.svg));
      const now = wishes.get(images[place]);
      if (now && keyOf(now) === keys[place]) show(images[place], one);
      else if (now) request(images[place]);
    });
  } catch {
    for (const image of images) image.replaceWith(el("span", { class: "mono small" }, image.alt.slice(0, 80)));
  } finally {
    asking -= 1;
    if (waiting.size && !timer) timer = window.setTimeout(ask, 0);
  }
}

/** @param {HTMLImageElement} image @param {{svg: string, problem: string}} one */
function show(image, one) {
  image.src = address(one.svg);
  if (one.problem) image.title = one.problem;
}

/** @param {string} key @param {string} value */
function keep(key, value) {
  drawn.set(key, value);
  for (const old of drawn.keys()) {
    if (drawn.size <= KEPT) break;
    drawn.delete(old);
  }
}

/** As a picture a drawing cannot run anything. @param {string} svg */
export function address(svg) {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg || UNREADABLE.replace("INK", isDark() ? "#f19a94" : "#a92e2e"))}`;
}

/**
 * Ask for drawings.
 * @param {Wish[]} wanted
 * @param {boolean} [align] whether their common core is to lie alike
 * @returns {Promise<{drawings: {svg: string, problem: string}[], core_atoms: number}>}
 */
export async function drawings(wanted, align = false) {
  const body = wanted.map((one) => ({ smiles: one.smiles, width: one.width, height: one.height, weights: one.weights?.length ? one.weights : null, atoms: one.atoms ?? [] }));
  return (await post("/api/molecules/drawings", { drawings: body, dark: isDark(), align })).json();
}
