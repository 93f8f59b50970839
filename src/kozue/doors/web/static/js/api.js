// @ts-check
/** Calls to the REST door; what goes wrong is thrown as a problem with a sentence and a hint. */

import { t } from "./strings.js";

export class Problem extends Error {
  /**
   * @param {string} detail
   * @param {string} [hint]
   * @param {number} [status]
   */
  constructor(detail, hint = "", status = 0) {
    super(detail);
    this.hint = hint;
    this.status = status;
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  try {
    const body = await response.json();
    return new Problem(body.detail ?? response.statusText, body.hint ?? "", response.status);
  } catch {
    return new Problem(`${response.status} ${response.statusText}`, "", response.status);
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
export async function send(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(t("connection"));
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
export async function getJson(path, options) {
  return (await send(path, options)).json();
}

/**
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 */
export async function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
}

/**
 * Upload a file and hear how far it is (fetch cannot tell).
 * @param {Blob} file
 * @param {string} name
 * @param {(share: number) => void} onProgress
 * @returns {Promise<{id: string, name: string, size: number}>}
 */
export function upload(file, name, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, name);
    request.open("POST", "/api/files");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("error", () => reject(new Problem(t("upload_failed"))));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else reject(new Problem(request.response?.detail ?? t("upload_failed"), request.response?.hint ?? "", request.status));
    });
    request.send(form);
  });
}

/**
 * Save a response as a file.
 * @param {Response} response
 * @param {string} name
 */
export async function save(response, name) {
  const address = URL.createObjectURL(await response.blob());
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
