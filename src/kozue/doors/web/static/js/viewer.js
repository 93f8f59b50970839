// @ts-check
/** Protein structures in 3D; the viewer is loaded when somebody asks for it. */

import { el, isDark } from "./dom.js";

/** @type {Promise<any> | null} */
let loading = null;

function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = el("script", { src: "/ui/static/vendor/3dmol/3Dmol-min.js" });
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).$3Dmol));
    script.addEventListener("error", () => reject(new Error("3Dmol")));
    document.head.append(script);
  });
  return loading;
}

/**
 * @param {HTMLElement} box
 * @param {string} text PDB or mmCIF
 */
export async function show3d(box, text) {
  const molecules = await library();
  const stage = el("div", { class: "viewer" });
  box.append(stage);
  const viewer = molecules.createViewer(stage, { backgroundColor: isDark() ? "#121816" : "#eef2ee" });
  viewer.addModel(text, /^data_|^loop_|_atom_site\./m.test(text) ? "cif" : "pdb");
  viewer.setStyle({}, { cartoon: { color: "spectrum" } });
  viewer.setStyle({ hetflag: true }, { stick: { radius: 0.18 } });
  viewer.zoomTo();
  viewer.render();
}
