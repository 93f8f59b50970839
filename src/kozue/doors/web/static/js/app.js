// @ts-check
/** On every page: light or dark, language, tabs, copy buttons. */

import { t } from "./strings.js";
import { showTray } from "./tray.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const chosen = root.dataset.theme ?? "auto";
  const dark = chosen === "dark" || (chosen === "auto" && system.matches);
  const changed = root.dataset.dark !== undefined && root.dataset.dark !== String(dark);
  root.dataset.dark = String(dark);
  // Drawings come in the colours of the ground they stand on.
  if (changed) document.dispatchEvent(new CustomEvent("kozue:theme"));
}

/** @param {string} name @param {string} value */
function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=strict`;
}

applyTheme();
system.addEventListener("change", applyTheme);

document.getElementById("theme-switch")?.addEventListener("click", () => {
  const next = root.dataset.dark === "true" ? "light" : "dark";
  root.dataset.theme = next;
  remember("kozue_theme", next);
  applyTheme();
});

document.getElementById("language-switch")?.addEventListener("click", (event) => {
  event.preventDefault();
  remember("kozue_language", /** @type {HTMLAnchorElement} */ (event.currentTarget).lang);
  const address = new URL(location.href);
  address.searchParams.delete("language");
  location.replace(address.href);
});

if (new URL(location.href).searchParams.has("language")) {
  const address = new URL(location.href);
  address.searchParams.delete("language");
  history.replaceState(null, "", address);
}

/** @param {HTMLElement} tab */
export function select(tab) {
  const list = tab.closest('[role="tablist"]');
  for (const other of /** @type {NodeListOf<HTMLElement>} */ (list?.querySelectorAll('[role="tab"]') ?? [])) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !chosen;
  }
  tab.dispatchEvent(new CustomEvent("kozue:shown", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const tab = /** @type {HTMLElement | null} */ (target.closest('[role="tab"]'));
  if (tab) select(tab);
  const copy = /** @type {HTMLElement | null} */ (target.closest("[data-copy]"));
  if (copy) {
    const text = document.getElementById(copy.dataset.copy ?? "")?.querySelector("pre")?.textContent ?? "";
    void navigator.clipboard?.writeText(text).then(() => {
      copy.title = t("copied");
      copy.setAttribute("aria-label", t("copied"));
    });
  }
});

document.addEventListener("keydown", (event) => {
  const tab = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest?.('[role="tab"]'));
  if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  const tabs = [.../** @type {NodeListOf<HTMLElement>} */ (tab.closest('[role="tablist"]')?.querySelectorAll('[role="tab"]') ?? [])];
  const step = event.key === "ArrowRight" ? 1 : -1;
  const at = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
  select(tabs[at]);
  tabs[at].focus();
  event.preventDefault();
});

showTray();
