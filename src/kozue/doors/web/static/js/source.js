// @ts-check
/** Where a table's rows come from: an answer in the page, or a run's result on the server. */

import { getJson } from "./api.js";

/**
 * @typedef {Record<string, any>} Row
 * @typedef {{name: string, type: string, role: string | null, unit: string, label: {en: string, ja: string}, description: string, group: string}} Column
 * @typedef {{order: string | null, descending: boolean, filters: Map<string, Rule[]>}} View
 * @typedef {{operator: string, value: string}} Rule
 * @typedef {{total: number, rows: Row[]}} Page
 * @typedef {{columns: Column[], page: (view: View, offset: number, limit: number, signal?: AbortSignal) => Promise<Page>}} Source
 */

/** @returns {View} */
export function wholeView() {
  return { order: null, descending: false, filters: new Map() };
}

/** @param {any} a @param {any} b */
function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** @param {any} value @param {string} operator @param {string} wanted */
function fits(value, operator, wanted) {
  const empty = value === null || value === undefined;
  if (wanted === "") return operator === "=" ? empty : !empty;
  if (empty) return false;
  if (operator === "~") return String(value).toLowerCase().includes(wanted.toLowerCase());
  const same = typeof value === "number" ? value === Number(wanted) : String(value) === wanted;
  if (operator === "=") return same;
  if (operator === "!=") return !same;
  return operator === ">=" ? Number(value) >= Number(wanted) : Number(value) <= Number(wanted);
}

/**
 * Rows that are in the page already.
 * @param {Column[]} columns
 * @param {Row[]} rows
 * @returns {Source}
 */
export function localSource(columns, rows) {
  /** @type {Row[]} */
  const numbered = rows.map((row, index) => ({ ...row, _row: index }));
  /** @type {string} */
  let key = "";
  /** @type {Row[]} */
  let shown = numbered;
  return {
    columns,
    async page(view, offset, limit) {
      const now = JSON.stringify([view.order, view.descending, [...view.filters]]);
      if (now !== key) {
        key = now;
        shown = numbered.filter((row) => [...view.filters].every(([name, rules]) => rules.every((rule) => fits(row[name], rule.operator, rule.value))));
        if (view.order !== null) {
          const name = view.order;
          const sign = view.descending ? -1 : 1;
          const known = shown.filter((row) => row[name] !== null && row[name] !== undefined);
          const unknown = shown.filter((row) => row[name] === null || row[name] === undefined);
          shown = [...known.sort((a, b) => sign * compare(a[name], b[name])), ...unknown];
        }
      }
      return { total: shown.length, rows: shown.slice(offset, offset + limit) };
    },
  };
}

/**
 * Rows of a finished run; sorting and filtering happen on the server.
 * @param {string} run
 * @param {Column[]} columns
 * @returns {Source}
 */
export function runSource(run, columns) {
  return pagedSource(`/api/runs/${run}/table`, columns);
}

/**
 * Rows of any table that the server sorts, filters and gives in pages.
 * @param {string} address
 * @param {Column[]} columns
 * @param {Record<string, string>} [extra] further parameters
 * @returns {Source}
 */
export function pagedSource(address, columns, extra = {}) {
  return {
    columns,
    async page(view, offset, limit, signal) {
      const query = tableQuery(view, offset, limit);
      for (const [name, value] of Object.entries(extra)) query.set(name, value);
      const body = await getJson(`${address}?${query}`, { signal });
      return { total: body.total, rows: body.records };
    },
  };
}

/** @param {View} view @param {number} offset @param {number} limit */
export function tableQuery(view, offset, limit) {
  const query = new URLSearchParams({ offset: String(offset), limit: String(limit) });
  if (view.order !== null) query.set("order", view.order);
  if (view.descending) query.set("descending", "true");
  for (const [name, rules] of view.filters) for (const rule of rules) query.append("filter", `${name}${rule.operator}${rule.value}`);
  return query;
}

const PAGE = 100;
const KEPT = 80;

/** Pages of a source that were fetched; asks for each once and keeps the latest used. */
export class Pages {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    this.view = wholeView();
    this.total = 0;
    /** @type {Map<number, Row[]>} */
    this.kept = new Map();
    /** @type {Map<number, Promise<void>>} */
    this.asked = new Map();
    this.generation = 0;
  }

  /** Forget everything and fetch the first page of a view. @param {View} view */
  async reset(view) {
    this.view = view;
    this.kept.clear();
    this.asked.clear();
    this.generation += 1;
    this.total = 0;
    await this.fetch(0);
  }

  /** @param {number} index @returns {Row | undefined} */
  row(index) {
    const page = Math.floor(index / PAGE);
    const rows = this.kept.get(page);
    if (rows) {
      this.kept.delete(page);
      this.kept.set(page, rows);
    }
    return rows?.[index % PAGE];
  }

  /** Fetch the pages that hold the rows from `first` to `last`. @param {number} first @param {number} last */
  async ensure(first, last) {
    const wanted = [];
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
      if (!this.kept.has(page)) wanted.push(this.asked.get(page) ?? this.fetch(page));
    }
    await Promise.all(wanted);
    return wanted.length > 0;
  }

  /** @param {number} page */
  fetch(page) {
    const generation = this.generation;
    const work = this.source.page(this.view, page * PAGE, PAGE).then((found) => {
      if (generation !== this.generation) return;
      this.total = found.total;
      this.kept.set(page, found.rows);
      this.asked.delete(page);
      for (const old of this.kept.keys()) {
        if (this.kept.size <= KEPT) break;
        if (old !== 0) this.kept.delete(old);
      }
    });
    work.catch(() => this.asked.delete(page));
    this.asked.set(page, work);
    return work;
  }
}
