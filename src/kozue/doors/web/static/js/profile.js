// @ts-check
/** The traffic-light profile of a molecule: groups of endpoints, each a row that opens. */

import { el } from "./dom.js";
import { domainBadge, foundIn, intervalText, label, lightMark, LIGHTS, percentileText, written, zoneBar } from "./endpoints.js";
import { picture } from "./pictures.js";
import { count, number, t } from "./strings.js";

/**
 * @typedef {import("./endpoints.js").Endpoint} Endpoint
 * @typedef {import("./endpoints.js").Found} Found
 * @typedef {{operation: string, sections: {key: string, label: {en: string, ja: string}, endpoints: string[]}[], endpoints: Endpoint[]}} ProfilePart
 */

/**
 * @param {ProfilePart} part
 * @param {Record<string, any>} record
 * @param {Set<string>} explainable
 * @param {(key: string) => void} onExplain
 */
export function profile(part, record, explainable, onExplain) {
  const endpoints = new Map(part.endpoints.map((endpoint) => [endpoint.key, endpoint]));
  const rows = el("div", { class: "profile-sections" });
  for (const section of part.sections) {
    const members = section.endpoints.map((key) => row(/** @type {Endpoint} */ (endpoints.get(key)), record, explainable, onExplain));
    rows.append(el("section", { class: "profile-section", "data-section": section.key },
      el("h3", { class: "profile-head" }, label(section.label)), ...members));
  }
  const nothing = el("p", { class: "muted profile-nothing", hidden: true }, t("no_rows"));
  rows.append(nothing);
  return el("div", { class: "profile" }, summary(part, record, rows), rows);
}

/** How many have which light; a press shows only those. @param {ProfilePart} part @param {Record<string, any>} record @param {HTMLElement} rows */
function summary(part, record, rows) {
  const found = part.endpoints.map((endpoint) => foundIn(endpoint, record));
  const tally = el("div", { class: "profile-summary", role: "group", "aria-label": t("profile_filter") });
  /** @param {string} name @param {number} n @param {Node} mark @param {string} words */
  const button = (name, n, mark, words) => el("button", { type: "button", class: `tally ${name}`, "aria-pressed": "false", "data-only": name, onclick: press }, mark, el("b", {}, count(n)), el("span", {}, words));
  if (found.some((one) => one.light)) for (const word of LIGHTS) tally.append(button(word, found.filter((one) => one.light === word).length, lightMark(word), t(`light_${word}`)));
  if (found.some((one) => one.domain)) tally.append(button("outside", found.filter((one) => one.domain === "outside").length, el("i", { class: "dot outside" }), t("outside_domain")));
  /** @param {MouseEvent} event */
  function press(event) {
    const pressed = /** @type {HTMLElement} */ (event.currentTarget);
    const on = pressed.getAttribute("aria-pressed") !== "true";
    for (const other of tally.querySelectorAll("button")) other.setAttribute("aria-pressed", String(on && other === pressed));
    const only = on ? pressed.dataset.only : "";
    let shown = 0;
    for (const section of /** @type {NodeListOf<HTMLElement>} */ (rows.querySelectorAll(".profile-section"))) {
      let here = 0;
      for (const one of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll(".endpoint"))) {
        one.hidden = Boolean(only) && one.dataset.light !== only && one.dataset.domain !== only;
        if (!one.hidden) here += 1;
      }
      section.hidden = here === 0;
      shown += here;
    }
    /** @type {HTMLElement} */ (rows.querySelector(".profile-nothing")).hidden = shown > 0;
  }
  return tally;
}

/** @param {Endpoint} endpoint @param {Record<string, any>} record @param {Set<string>} explainable @param {(key: string) => void} onExplain */
function row(endpoint, record, explainable, onExplain) {
  const found = foundIn(endpoint, record);
  const head = el("summary", {},
    lightMark(found.light),
    el("span", { class: "endpoint-name" }, label(endpoint.label)),
    el("span", { class: "endpoint-value" }, el("b", {}, written(endpoint, found.value)), endpoint.unit && found.value !== null ? el("small", { title: endpoint.unit }, endpoint.unit) : null),
    zoneBar(endpoint, found),
    el("span", { class: "endpoint-percentile", title: t("percentile_about") }, percentileText(found.percentile)),
    found.domain ? domainBadge(found.domain) : el("span", {}));
  const inner = el("div", { class: "endpoint-inner" });
  const box = el("details", { class: "endpoint", "data-key": endpoint.key, "data-light": found.light, "data-domain": found.domain }, head);
  box.addEventListener("toggle", () => {
    if (!box.open || inner.isConnected) return;
    fill(inner, endpoint, found, explainable.has(endpoint.key) && found.value !== null ? onExplain : null);
    box.append(inner);
  });
  return box;
}

/** @param {HTMLElement} inner @param {Endpoint} endpoint @param {Found} found @param {((key: string) => void) | null} onExplain */
function fill(inner, endpoint, found, onExplain) {
  const facts = el("dl", { class: "pairs endpoint-facts" });
  const span = intervalText(endpoint, found);
  if (span) facts.append(el("dt", {}, t("interval")), el("dd", {}, endpoint.is_probability ? span : `${span} ${endpoint.unit}`));
  if (found.percentile !== null) facts.append(el("dt", {}, t("percentile_title")), el("dd", {}, t("percentile_long", { n: Math.round(found.percentile) })));
  if (found.domain) facts.append(el("dt", {}, t("domain")), el("dd", {}, t(`domain_${["inside", "edge", "outside"].includes(found.domain) ? found.domain : "other"}`)));
  inner.append(el("p", { class: "reading" }, label(endpoint.reading)), facts);
  if (onExplain) inner.append(el("button", { type: "button", class: "button small", onclick: () => onExplain(endpoint.key) }, t("explain_this")));
  if (found.neighbours.length) inner.append(neighbours(endpoint, found.neighbours));
}

/** @param {Endpoint} endpoint @param {Found["neighbours"]} near */
function neighbours(endpoint, near) {
  const figures = near.slice(0, 6).map((one) => {
    const measured = endpoint.is_probability && (one.value === 0 || one.value === 1) ? t(one.value ? "positive" : "negative") : `${number(one.value)} ${endpoint.unit}`;
    return el("figure", { title: one.smiles }, picture(one.smiles, 180, 120), el("b", {}, measured), similarity(one.similarity));
  });
  return el("div", {}, el("p", { class: "mini-title" }, t("neighbours")), el("div", { class: "neighbours" }, ...figures));
}

/** @param {number | null} value */
function similarity(value) {
  const bar = el("meter", { min: 0, max: 1, value: value ?? 0, "aria-hidden": "true" });
  return el("small", { class: "similarity" }, `${t("similarity")} ${value?.toFixed(2) ?? "–"}`, bar);
}
