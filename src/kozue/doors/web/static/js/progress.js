// @ts-check
/** Follow a run by server-sent events. */

/**
 * @param {string} run
 * @param {(status: any) => void} onStatus
 * @returns {() => void} stop
 */
export function follow(run, onStatus) {
  const events = new EventSource(`/api/runs/${run}/events`);
  events.addEventListener("status", (event) => onStatus(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  events.addEventListener("end", () => events.close());
  addEventListener("pagehide", () => events.close(), { once: true });
  return () => events.close();
}

export const FINAL = new Set(["finished", "failed", "cancelled", "interrupted"]);
