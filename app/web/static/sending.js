/** One form on its way to the service: made smaller, sent, and answered. */
import { send } from "./send.js";
import { shrink } from "./shrink.js";

/** @typedef {import("./send.js").Answer} Answer */

/** Files of a form by their content: the same file chosen again is another one. */
const numbers = new WeakMap();
let last = 0;

/** @param {File} file @returns {number} */
function numberOf(file) {
  if (!numbers.has(file)) numbers.set(file, (last += 1));
  return numbers.get(file);
}

/**
 * @param {HTMLFormElement} form
 * @returns {string} Equal only for two forms that would be answered alike.
 */
export function describeForm(form) {
  const entries = [...contentOf(form).entries()];
  return JSON.stringify(
    entries.map(([name, value]) => [name, value instanceof File ? numberOf(value) : value]),
  );
}

/** @param {HTMLFormElement} form @returns {FormData} What the chosen mode sends. */
function contentOf(form) {
  const content = new FormData(form);
  const several = content.get("photos") === "several";
  for (const [name, value] of [...content.entries()]) {
    const single = name === "file" || name === "camera";
    const otherMode = value instanceof File && name !== "previous" && single === several;
    if (value === "" || (value instanceof File && (!value.name || otherMode))) content.delete(name);
  }
  return content;
}

export class Sending {
  /**
   * @param {HTMLFormElement} form
   * @param {() => void} tell  Called when more has been sent.
   */
  constructor(form, tell) {
    this.description = describeForm(form);
    this.share = 0;
    this.body = contentOf(form);
    this.stopper = new AbortController();
    this.answer = this.run(tell);
    this.answer.catch(() => {}); // told to those who wait for it
  }

  /**
   * Take the place of an earlier one, unless that one sends the same.
   * @param {HTMLFormElement} form
   * @param {Sending | null} earlier
   * @param {() => void} tell
   */
  static of(form, earlier, tell) {
    if (earlier?.holds(describeForm(form))) return earlier;
    earlier?.stop();
    return new Sending(form, tell);
  }

  /** @param {string} description */
  holds(description) {
    return this.description === description && !this.stopper.signal.aborted;
  }

  stop() {
    this.stopper.abort();
  }

  /** @param {() => void} tell @returns {Promise<Answer>} */
  async run(tell) {
    const { signal } = this.stopper;
    await shrinkAll(this.body);
    const progress = (/** @type {number} */ share) => {
      this.share = share;
      tell();
    };
    return await send("fetched", this.body, { progress, signal });
  }
}

/** @param {FormData} body  Changed in place: photos become smaller, their names stay. */
export async function shrinkAll(body) {
  for (const name of new Set(body.keys())) {
    if (name === "previous" || !(body.get(name) instanceof File)) continue;
    const files = /** @type {File[]} */ (body.getAll(name));
    body.delete(name);
    for (const file of files) body.append(name, await shrink(file), file.name);
  }
}
