// @ts-check
/** A table that draws only the rows in sight, of any number of rows, fetched as they come into sight. */

import { cell } from "./cells.js";
import { isNumber, setScales, shownColumns } from "./columns.js";
import { el, icon } from "./dom.js";
import { openFilter } from "./filter.js";
import { Pages, wholeView } from "./source.js";
import { count, t } from "./strings.js";

/**
 * @typedef {import("./columns.js").Shown} Shown
 * @typedef {import("./source.js").Row} Row
 * @typedef {import("./source.js").Source} Source
 */

const TALL = 76;
const LOW = 44;
const AROUND = 6;
// Browsers do not draw below some 17 million pixels; beyond this height the scroll bar is scaled.
const TALLEST = 12_000_000;
const INDEX_WIDTH = 56;

export class Grid {
  /**
   * @param {HTMLElement} box
   * @param {Source} source
   * @param {{onSelect: (row: Row, index: number) => void, onProblem: (error: Error) => void}} wishes
   */
  constructor(box, source, wishes) {
    this.wishes = wishes;
    this.pages = new Pages(source);
    this.columns = shownColumns(source.columns);
    /** @type {Set<string>} */
    this.hidden = new Set();
    this.view = wholeView();
    const named = this.columns.find((column) => column.kind === "name");
    if (named && window.innerWidth > 1000) named.stuck = true;
    // Only pictures need tall rows; numbers and words read better close together.
    this.rowHeight = this.columns.some((column) => column.kind === "molecule" || column.kind === "estimate" && column.low) ? TALL : LOW;
    this.selected = -1;
    /** @type {Map<number, HTMLElement>} */
    this.drawn = new Map();
    this.head = el("div", { class: "grid-head", role: "row" });
    this.space = el("div", { class: "grid-space" });
    this.body = el("div", { class: "grid", role: "grid", tabIndex: 0, "aria-label": t("value") }, this.head, this.space);
    this.foot = el("div", { class: "grid-foot" });
    this.body.style.setProperty("--row", `${this.rowHeight}px`);
    box.replaceChildren(this.body, this.foot);
    this.body.addEventListener("scroll", () => this.later(), { passive: true });
    this.body.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.later()).observe(this.body);
    this.waiting = 0;
    this.legend = this.columns.some((column) => column.kind === "estimate" && column.domain) ? legend() : null;
  }

  async start() {
    await this.look(this.view);
    setScales(this.columns, this.pages.kept.get(0) ?? []);
    this.draw(true);
  }

  /** Width of all columns in sight; every row has it, or its fixed cells would leave with its end. */
  get width() {
    return this.visible.reduce((sum, column) => sum + column.width, INDEX_WIDTH);
  }

  get visible() {
    return this.columns.filter((column) => !this.hidden.has(column.key));
  }

  /** Show another order or selection of rows. @param {import("./source.js").View} view */
  async look(view) {
    this.view = view;
    this.body.setAttribute("aria-busy", "true");
    try {
      await this.pages.reset(view);
    } catch (error) {
      this.wishes.onProblem(/** @type {Error} */ (error));
      return;
    } finally {
      this.body.removeAttribute("aria-busy");
    }
    this.selected = -1;
    this.body.scrollTop = 0;
    this.draw(true);
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw(false);
    });
  }

  /** @param {boolean} afresh */
  draw(afresh) {
    const total = this.pages.total;
    const height = Math.min(total * this.rowHeight, TALLEST);
    if (afresh) {
      this.drawHead();
      this.space.style.minWidth = `max(100%, ${this.width}px)`;
      this.drawn.clear();
      this.space.replaceChildren();
      if (total === 0) this.space.append(el("p", { class: "grid-empty" }, t("no_rows")));
    }
    this.space.style.height = total === 0 ? "auto" : `${height}px`;
    this.body.setAttribute("aria-rowcount", String(total + 1));
    const window_ = Math.max(this.body.clientHeight - this.head.offsetHeight, this.rowHeight);
    const scrolled = this.body.scrollTop;
    const stretch = height > window_ ? (total * this.rowHeight - window_) / (height - window_) : 1;
    const shift = scrolled * stretch - scrolled;
    const first = Math.max(0, Math.floor((scrolled * stretch) / this.rowHeight) - AROUND);
    const last = Math.min(total - 1, Math.ceil((scrolled * stretch + window_) / this.rowHeight) + AROUND);
    for (const [index, node] of this.drawn) {
      if (index < first || index > last || (node.classList.contains("loading") && this.pages.row(index))) {
        node.remove();
        this.drawn.delete(index);
      }
    }
    for (let index = first; index <= last; index += 1) {
      let node = this.drawn.get(index);
      if (!node) {
        node = this.rowNode(index);
        this.drawn.set(index, node);
        this.space.append(node);
      }
      node.style.top = `${index * this.rowHeight - shift}px`;
    }
    this.say(first, last, total);
    if (total > 0) {
      this.pages.ensure(first, last).then((fetched) => fetched && this.later(), (error) => {
        if (error.name !== "AbortError") this.wishes.onProblem(error);
      });
    }
  }

  /** @param {number} first @param {number} last @param {number} total */
  say(first, last, total) {
    const from = Math.min(total, first === 0 ? 1 : first + AROUND + 1);
    const to = last === total - 1 ? total : Math.max(from, last - AROUND + 1);
    const rows = el("span", {}, total === 0 ? "0" : t("rows_of", { from: count(from), to: count(to), total: count(total) }));
    this.foot.replaceChildren(rows, ...(this.legend ? [this.legend] : []));
  }

  drawHead() {
    const cells = [el("div", { class: "grid-cell cell-index stuck", role: "columnheader" }, "#")];
    cells[0].style.width = `${INDEX_WIDTH}px`;
    let left = INDEX_WIDTH;
    for (const column of this.visible) {
      const name = column.value.name;
      const sorted = this.view.order === name ? (this.view.descending ? "down" : "up") : "";
      const button = el("button", { type: "button", class: "head-sort", title: column.description || t("sort"), "data-sort": sorted, onclick: () => this.sort(name) },
        el("span", { class: "name" }, column.title), column.unit ? el("span", { class: "unit", title: column.unit }, column.unit) : null);
      const filter = el("button", { type: "button", class: `head-filter${this.view.filters.has(name) ? " on" : ""}`, "aria-label": `${t("filter")}: ${column.title}`, title: t("filter"),
        onclick: (/** @type {MouseEvent} */ event) => this.filter(/** @type {HTMLElement} */ (event.currentTarget), column) }, icon("filter"));
      const head = el("div", { class: `grid-cell${column.stuck ? " stuck" : ""}${column.kind === "number" ? " of-numbers" : ""}`, role: "columnheader", "aria-sort": sorted === "up" ? "ascending" : sorted === "down" ? "descending" : "none" },
        column.kind === "molecule" ? el("span", { class: "head-sort" }, column.title) : button, column.kind === "molecule" || column.kind === "list" ? null : filter);
      head.style.width = `${column.width}px`;
      if (column.stuck) {
        head.style.left = `${left}px`;
        left += column.width;
      }
      cells.push(head);
    }
    this.head.replaceChildren(...cells);
  }

  /** @param {number} index */
  rowNode(index) {
    const row = this.pages.row(index);
    const node = el("div", { class: "grid-row", role: "row", "aria-rowindex": index + 2, onclick: () => this.select(index) });
    node.style.width = `max(100%, ${this.width}px)`;
    const place = el("div", { class: "grid-cell cell-index stuck", role: "gridcell" }, count((row?._row ?? index) + 1));
    place.style.width = `${INDEX_WIDTH}px`;
    node.append(place);
    if (!row) {
      node.classList.add("loading");
      node.append(el("div", { class: "grid-cell" }, el("span", { class: "skeleton" })));
      return node;
    }
    if (index === this.selected) node.classList.add("selected");
    if (row.error_code) node.classList.add("failed");
    let left = INDEX_WIDTH;
    let said = !row.error_code;
    for (const column of this.visible) {
      if (!said && !column.stuck && column.kind !== "name" && row[column.value.name] === null) {
        // The sentence takes the room of the values that are missing.
        const sentence = el("div", { class: "grid-cell cell-error", role: "gridcell" }, el("span", { title: row.error_message }, row.error_message || row.error_code));
        sentence.style.width = "420px";
        sentence.style.left = `${left}px`;
        node.append(sentence);
        said = true;
      }
      if (row.error_code && said && row[column.value.name] === null) continue;
      const made = cell(column, row);
      made.style.width = `${column.width}px`;
      if (column.stuck) {
        made.classList.add("stuck");
        made.style.left = `${left}px`;
        left += column.width;
      }
      node.append(made);
    }
    if (!said) node.append(el("div", { class: "grid-cell cell-error", role: "gridcell" }, el("span", {}, row.error_message || row.error_code)));
    return node;
  }

  /** @param {string} name */
  sort(name) {
    const same = this.view.order === name;
    if (same && this.view.descending) void this.look({ ...this.view, order: null, descending: false });
    else void this.look({ ...this.view, order: name, descending: same });
  }

  /** @param {HTMLElement} anchor @param {Shown} column */
  filter(anchor, column) {
    const name = column.value.name;
    openFilter(anchor, column.title, isNumber(column.value), this.view.filters.get(name) ?? [], (rules) => {
      const filters = new Map(this.view.filters);
      if (rules.length) filters.set(name, rules);
      else filters.delete(name);
      void this.look({ ...this.view, filters });
    });
  }

  /** @param {number} index */
  select(index) {
    const row = this.pages.row(index);
    if (!row) return;
    this.drawn.get(this.selected)?.classList.remove("selected");
    this.selected = index;
    this.drawn.get(index)?.classList.add("selected");
    this.wishes.onSelect(row, index);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.body) return;
    const page = Math.max(1, Math.floor(this.body.clientHeight / this.rowHeight) - 1);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.pages.total, End: this.pages.total };
    if (event.key === "Enter" && this.selected >= 0) this.select(this.selected);
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(this.pages.total - 1, this.selected + step));
    void this.pages.ensure(next, next).then(() => {
      this.reveal(next);
      this.select(next);
    });
  }

  /** Scroll just as far as needed for a row to be in sight. @param {number} index */
  reveal(index) {
    const height = Math.min(this.pages.total * this.rowHeight, TALLEST);
    const window_ = this.body.clientHeight - this.head.offsetHeight;
    const stretch = height > window_ ? (this.pages.total * this.rowHeight - window_) / (height - window_) : 1;
    const top = index * this.rowHeight;
    const seen = this.body.scrollTop * stretch;
    if (top < seen) this.body.scrollTop = top / stretch;
    else if (top + this.rowHeight > seen + window_) this.body.scrollTop = (top + this.rowHeight - window_) / stretch;
    this.draw(false);
  }

  /** @param {string} key @param {boolean} shown */
  show(key, shown) {
    if (shown) this.hidden.delete(key);
    else this.hidden.add(key);
    this.draw(true);
  }

  /** Keep only the rows without a result, or all again. @param {boolean} only */
  failedOnly(only) {
    const filters = new Map(this.view.filters);
    if (only) filters.set("error_code", [{ operator: "!=", value: "" }]);
    else filters.delete("error_code");
    return this.look({ ...this.view, filters });
  }
}

/** What the marks of the domain mean. */
function legend() {
  const entries = ["inside", "edge", "outside"].map((word) => el("span", {}, el("i", { class: `dot ${word}` }), t(word)));
  return el("span", { class: "legend" }, `${t("domain")}:`, ...entries);
}
