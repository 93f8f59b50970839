// @ts-check
/** The structure editor, loaded when its tab is opened (it is larger than everything else together). */

import { el, need } from "./dom.js";
import { t } from "./strings.js";

const PLACE = "/ui/static/vendor/openchemlib";

/** @type {Promise<any> | null} */
let loading = null;

/** @type {Promise<any> | null} */
let library = null;

/** @returns {Promise<any>} the library, fetched once */
function fetched() {
  const address = `${PLACE}/openchemlib.js`;
  library ??= import(address).then(async (found) => {
    await found.Resources.registerFromUrl(`${PLACE}/resources.json`);
    return found;
  });
  library.catch(() => (library = null));
  return library;
}

/** @param {HTMLElement} box */
async function editorIn(box) {
  const found = await fetched();
  const room = el("div", { class: "editor-room" });
  room.style.height = "100%";
  box.replaceChildren(room);
  return { editor: new found.CanvasEditor(room, { initialMode: "molecule" }), library: found };
}

async function load() {
  return (await editorIn(need("#editor"))).editor;
}

/**
 * Ask for a drawing in a window of its own.
 * @param {string} start SMILES to begin with; one that cannot be drawn is left out
 * @returns {Promise<string>} SMILES; empty if nothing was drawn or the window was closed
 */
export async function askDrawing(start) {
  const room = el("div", { class: "editor" }, el("p", { class: "editor-loading" }, t("editor_loading")));
  const no = el("button", { type: "button", class: "button", onclick: () => box.close("") }, t("cancel_drawing"));
  const yes = el("button", { type: "button", class: "button primary", disabled: true, "data-act": "use-drawing" }, t("use_drawing"));
  const box = el("dialog", { class: "confirm drawing-box", "aria-label": t("draw_structure") }, el("h2", {}, t("draw_structure")), room, el("div", { class: "row" }, no, yes));
  document.body.append(box);
  box.showModal();
  const closed = new Promise((resolve) => box.addEventListener("close", resolve, { once: true }));
  try {
    const { editor, library: chemistry } = await editorIn(room);
    try {
      if (start) editor.setMolecule(chemistry.Molecule.fromSmiles(start));
    } catch {
      // What was typed is no drawing; the sheet stays empty.
    }
    yes.disabled = false;
    yes.addEventListener("click", () => {
      const molecule = editor.getMolecule();
      box.close(molecule.getAllAtoms() > 0 ? molecule.toIsomericSmiles() : "");
    });
  } catch (error) {
    room.replaceChildren(el("p", { class: "editor-loading" }, String(error)));
  }
  await closed;
  box.remove();
  return box.returnValue;
}

/** @param {(smiles: string) => void} onAdd */
export function setEditor(onAdd) {
  document.getElementById("tab-draw")?.addEventListener("kozue:shown", () => {
    if (need("#panel-draw").hidden) return;
    loading ??= load();
    loading.catch((error) => {
      loading = null;
      need("#editor").replaceChildren(el("p", { class: "editor-loading" }, String(error)));
    });
  });
  document.getElementById("draw-add")?.addEventListener("click", async () => {
    const editor = await loading;
    const molecule = editor?.getMolecule();
    const smiles = molecule && molecule.getAllAtoms() > 0 ? molecule.toIsomericSmiles() : "";
    need("#draw-said").textContent = smiles ? t("added", { smiles }) : t("nothing_drawn");
    if (!smiles) return;
    onAdd(smiles);
    editor.clearAll();
  });
}
