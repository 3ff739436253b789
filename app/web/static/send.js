/**
 * Sending to the service: with the true progress of an upload, and a way to stop it. The browser's
 * fetch reports no progress of what it sends.
 *
 * @typedef {{status: number, page: Document}} Answer
 */

/** The service could not be reached, or its answer did not arrive. */
export class NoAnswer extends Error {}

/**
 * @param {string} address
 * @param {FormData | string} body  A text is sent as JSON.
 * @param {{progress?: (share: number) => void, signal?: AbortSignal}} how
 *   ``progress`` is told the share that has been sent, 0 to 1.
 * @returns {Promise<Answer>}
 * @throws {NoAnswer}
 * @throws {DOMException} named AbortError if it was stopped.
 */
export function send(address, body, { progress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => {
      request.abort();
      reject(new DOMException("stopped", "AbortError"));
    };
    if (signal?.aborted) {
      stop();
      return;
    }
    signal?.addEventListener("abort", stop);
    request.open("POST", address);
    // A page also for a problem, in the reader's language.
    request.setRequestHeader("Accept", "text/html");
    if (typeof body === "string") request.setRequestHeader("Content-Type", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress?.(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      resolve({ status: request.status, page });
    });
    request.addEventListener("error", () => reject(new NoAnswer()));
    request.send(body);
  });
}

/** @param {Document} page @returns {string} What a page says about a problem. */
export function problemIn(page) {
  const said = [...page.querySelectorAll("[data-problem]")].map((one) => one.textContent.trim());
  return said.join(" ");
}
