// @ts-check
/** What the person gives: pasted lines, a file with its columns, or drawings. */

import { select } from "./app.js";
import { getJson, send, upload } from "./api.js";
import { el, icon, need } from "./dom.js";
import { picture } from "./pictures.js";
import { writeSettings } from "./settings.js";
import { count, t } from "./strings.js";

/**
 * @typedef {{kind: "records", records: Record<string, string>[]} | {kind: "file", file: string, columns: Record<string, string>} | {kind: "none"}} Given
 * @typedef {{name: string, takes: import("./source.js").Column[], system: string, verb: string, example_settings: Record<string, any>}} Operation
 */

export class Input {
  /** @param {Operation} operation @param {(error: Error) => void} onProblem */
  constructor(operation, onProblem) {
    this.operation = operation;
    this.onProblem = onProblem;
    this.main = operation.takes.find((column) => /** @type {any} */ (column).required) ?? operation.takes[0];
    this.molecules = this.main?.role === "molecule";
    this.paste = /** @type {HTMLTextAreaElement} */ (need("#paste"));
    /** @type {{id: string, columns: Record<string, string>} | null} */
    this.file = null;
    this.paste.addEventListener("input", () => this.later());
    this.setDrop();
    document.getElementById("try-example")?.addEventListener("click", () => void this.example().catch(onProblem));
    this.timer = 0;
  }

  get lines() {
    return this.paste.value.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  }

  /** A pasted table or structure file is handled as a file, so that the readers decide what it is. */
  get pastedFile() {
    const text = this.paste.value;
    if (/^M {2}END/m.test(text)) return "pasted.sdf";
    if (/^(ATOM|HETATM|HEADER) /m.test(text)) return "pasted.pdb";
    if (/^data_/m.test(text)) return "pasted.cif";
    if (/^>/.test(text.trim())) return "pasted.fasta";
    const header = this.lines[0] ?? "";
    const names = header.toLowerCase().split(/[,\t;]/).map((name) => name.trim().replaceAll('"', ""));
    const known = ["smiles", "structure", "mol", ...this.operation.takes.map((column) => column.name)];
    if (this.lines.length > 1 && names.some((name) => known.some((word) => name === word || (names.length > 1 && name.includes(word))))) return header.includes("\t") ? "pasted.tsv" : "pasted.csv";
    return null;
  }

  records() {
    const name = this.main.name;
    return this.lines.map((line) => {
      if (!this.molecules) return { [name]: line };
      const [, smiles, rest] = /^(\S+)\s*(.*)$/.exec(line) ?? [null, line, ""];
      return rest ? { [name]: /** @type {string} */ (smiles), name: rest } : { [name]: /** @type {string} */ (smiles) };
    });
  }

  /** @returns {Promise<Given>} */
  async given() {
    const onFile = document.getElementById("tab-file")?.getAttribute("aria-selected") === "true";
    if (onFile) return this.file ? { kind: "file", file: this.file.id, columns: this.file.columns } : { kind: "none" };
    if (this.lines.length === 0) return { kind: "none" };
    const name = this.pastedFile;
    if (name) {
      const received = await upload(new Blob([this.paste.value]), name, () => {});
      return { kind: "file", file: received.id, columns: {} };
    }
    return { kind: "records", records: this.records() };
  }

  later() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.sayPasted(), 250);
  }

  sayPasted() {
    const n = this.lines.length;
    need("#paste-count").textContent = n === 0 ? "" : t("records", { n: count(n) });
    const strip = need("#paste-strip");
    if (!this.molecules || this.pastedFile) {
      strip.replaceChildren();
      return;
    }
    strip.replaceChildren(...this.records().slice(0, 12).map((record) => {
      const drawn = picture(record[this.main.name].slice(0, 2000), 106, 72);
      return el("figure", {}, drawn, el("figcaption", {}, record.name ?? ""));
    }));
  }

  async example() {
    const response = await send(`/api/operations/${this.operation.system}/${this.operation.verb}/example`);
    const name = response.headers.get("X-Name") ?? "example.csv";
    await this.take(new File([await response.blob()], name));
    writeSettings(this.operation.example_settings);
    select(need("#tab-file"));
  }

  setDrop() {
    const drop = need("#drop");
    const chooser = /** @type {HTMLInputElement} */ (need("#file"));
    chooser.addEventListener("change", () => chooser.files?.[0] && void this.take(chooser.files[0]).catch(this.onProblem));
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void this.take(file).catch(this.onProblem);
    });
    // A file dropped beside the field would otherwise replace the page.
    for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
  }

  /** Upload a file and show how it will be read. @param {File} file */
  async take(file) {
    const about = need("#file-about");
    about.hidden = false;
    need("#drop").hidden = true;
    this.file = null;
    const bar = el("progress", { max: 1, value: 0 });
    const said = el("span", { class: "muted small" });
    about.replaceChildren(el("div", { class: "file-card" }, el("strong", {}, file.name), said, bar));
    try {
      const received = await upload(file, file.name, (share) => {
        bar.value = share;
        said.textContent = t("uploading", { percent: Math.round(share * 100) });
      });
      said.textContent = t("reading");
      const preview = await getJson(`/api/files/${received.id}/preview?operation=${encodeURIComponent(this.operation.name)}`);
      this.file = { id: received.id, columns: {} };
      this.showPreview(about, received, preview);
    } catch (error) {
      about.hidden = true;
      need("#drop").hidden = false;
      throw error;
    }
  }

  /** @param {HTMLElement} about @param {{name: string, size: number}} received @param {any} preview */
  showPreview(about, received, preview) {
    const again = el("button", { type: "button", class: "link push", onclick: () => this.forget() }, t("other_file"));
    const size = received.size > 1e6 ? `${(received.size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(received.size / 1e3))} kB`;
    const head = el("div", { class: "file-card" }, icon("info"), el("strong", {}, received.name), el("span", { class: "muted small" }, `${size} · ${t("read_as", { format: preview.format.toUpperCase() })}`), again);
    const warnings = preview.warnings.map((/** @type {{message: string}} */ one) => el("div", { class: "warning" }, icon("warning"), el("span", {}, one.message)));
    about.replaceChildren(head, this.columnMap(preview), el("div", { class: "warnings" }, ...warnings), previewTable(preview));
  }

  /** Let the person say which column is which. @param {any} preview */
  columnMap(preview) {
    const others = new Set(this.operation.takes.map((column) => column.name));
    const own = preview.columns.map((/** @type {{name: string}} */ column) => column.name).filter((/** @type {string} */ name) => !others.has(name) && !name.startsWith("error_"));
    const used = Object.values(preview.column_map);
    const choices = [...new Set([...used, ...own])];
    if (choices.length < 2) return el("div", {});
    const labels = this.operation.takes.map((column) => {
      const now = preview.column_map[column.name] ?? "";
      const list = el("select", { onchange: () => {
        if (this.file) this.file.columns = { ...this.file.columns, [column.name]: list.value };
        if (this.file && list.value === "") delete this.file.columns[column.name];
      } }, el("option", { value: "" }, "–"), ...choices.map((name) => el("option", { value: String(name), selected: name === now }, String(name))));
      return el("label", {}, t("use_column", { name: column.label?.[/** @type {"en"} */ (document.documentElement.lang)] ?? column.name }), list);
    });
    return el("div", { class: "column-map" }, ...labels);
  }

  forget() {
    this.file = null;
    need("#file-about").hidden = true;
    need("#drop").hidden = false;
    /** @type {HTMLInputElement} */ (need("#file")).value = "";
  }
}

/** @param {any} preview */
function previewTable(preview) {
  const names = preview.columns.map((/** @type {{name: string}} */ column) => column.name).filter((/** @type {string} */ name) => !name.startsWith("error_")).slice(0, 8);
  const rows = preview.records.slice(0, 5).map((/** @type {Record<string, any>} */ row) =>
    el("tr", {}, ...names.map((/** @type {string} */ name) => el("td", { class: "clip" }, String(row[name] ?? "–").slice(0, 80)))));
  return el("div", { class: "card flush scroll-x" }, el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...names.map((/** @type {string} */ name) => el("th", {}, name)))), el("tbody", {}, ...rows)));
}
