/**
 * Measures photos two at a time, and waits where the service asks for it.
 *
 * @typedef {import("./rows.js").Row} Row
 */
import { shrink } from "../shrink.js";

const AT_ONCE = 2;
const TRIES = 8;
const USUAL_WAIT_S = 5; // where the service does not say how long
const LONGEST_WAIT_S = 120;
const AGAIN = [429, 503];

/**
 * @param {Response} response
 * @returns {number} Seconds to wait before the next try.
 */
export function waitOf(response) {
  const said = Number(response.headers.get("retry-after") || NaN);
  const seconds = Number.isFinite(said) && said > 0 ? said : USUAL_WAIT_S;
  return Math.min(seconds, LONGEST_WAIT_S);
}

/** @param {number} seconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(seconds, signal) {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

export class Queue {
  /**
   * @param {(row: Row) => void} changed  Called whenever a row has.
   * @param {() => string} criteria  Id of the rule-set that judges.
   */
  constructor(changed, criteria) {
    this.changed = changed;
    this.criteria = criteria;
    /** @type {Row[]} */
    this.waiting = [];
    /** @type {Map<Row, AbortController>} */
    this.running = new Map();
  }

  /** @param {Row} row */
  add(row) {
    this.drop(row);
    Object.assign(row, { state: "waiting", result: null, problem: null, waitS: 0 });
    this.changed(row);
    this.waiting.push(row);
    this.next();
  }

  /** @param {Row} row  No longer wanted, or wanted anew. */
  drop(row) {
    this.waiting = this.waiting.filter((one) => one !== row);
    this.running.get(row)?.abort();
    this.running.delete(row);
  }

  stop() {
    for (const row of [...this.waiting, ...this.running.keys()]) {
      this.drop(row);
      row.state = "stopped";
      this.changed(row);
    }
  }

  get busy() {
    return this.waiting.length + this.running.size > 0;
  }

  next() {
    while (this.running.size < AT_ONCE && this.waiting.length) {
      const row = /** @type {Row} */ (this.waiting.shift());
      const life = new AbortController();
      this.running.set(row, life);
      this.measure(row, life.signal).finally(() => {
        if (this.running.get(row) === life) this.running.delete(row);
        this.next();
        this.changed(row);
      });
    }
  }

  /** @param {Row} row @param {AbortSignal} signal */
  async measure(row, signal) {
    const body = await this.form(row);
    for (let tries = 1; !signal.aborted; tries += 1) {
      Object.assign(row, { state: "measuring", waitS: 0 });
      this.changed(row);
      const found = await ask(body, signal);
      if (signal.aborted) return;
      if (!found.waitS || tries === TRIES) {
        Object.assign(row, { state: found.result ? "done" : "failed", ...found, waitS: 0 });
        return;
      }
      row.waitS = found.waitS;
      this.changed(row);
      await pause(found.waitS, signal);
    }
  }

  /** @param {Row} row @returns {Promise<FormData>} */
  async form({ file, leg }) {
    const body = new FormData();
    body.set("file", await shrink(file), file.name);
    body.set("criteria", this.criteria());
    if (leg) body.set("leg", leg);
    return body;
  }
}

/**
 * @param {FormData} body
 * @param {AbortSignal} signal
 * @returns {Promise<{result: any, problem: import("./rows.js").Problem | null, waitS: number}>}
 */
async function ask(body, signal) {
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch("v1/measure", { method: "POST", body, headers, signal });
    const said = await response.json();
    if (response.ok) return { result: said, problem: null, waitS: 0 };
    const waitS = AGAIN.includes(response.status) ? waitOf(response) : 0;
    return { result: null, problem: said, waitS };
  } catch {
    return { result: null, problem: { code: "no_answer" }, waitS: 0 };
  }
}
