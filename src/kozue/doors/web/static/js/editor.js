// @ts-check
/** The structure editor, loaded when its tab is opened (it is larger than everything else together). */

import { el, need } from "./dom.js";
import { t } from "./strings.js";

const PLACE = "/ui/static/vendor/openchemlib";

/** @type {Promise<any> | null} */
let loading = null;

async function load() {
  const address = `${PLACE}/openchemlib.js`;
  const library = await import(address);
  await library.Resources.registerFromUrl(`${PLACE}/resources.json`);
  const box = need("#editor");
  const room = el("div", { class: "editor-room" });
  room.style.height = "100%";
  box.replaceChildren(room);
  return new library.CanvasEditor(room, { initialMode: "molecule" });
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
