/**
 * The table's rows as people see them. A row is filled anew when something of it changes; what is
 * typed in it stays.
 *
 * @typedef {import("./rows.js").Row} Row
 * @typedef {{asked: (row: Row, leg: "left" | "right") => void, again: (row: Row) => void,
 *   remove: (row: Row) => void}} Acts
 * @typedef {Record<string, string>} Words
 * @typedef {{titles: Record<string, Record<string, string>>, legs: Record<string, string>,
 *   open: Record<string, string>, flags: Record<string, {text: string, advice: string}>,
 *   problems: Record<string, {text: string, advice: string}>}} Data
 */
import { fill, negative, oneDecimal } from "../words.js";
import { asksForLeg, sorted } from "./rows.js";

const THUMB_PX = 144;

export class Table {
  /** @param {HTMLElement} main @param {Data} data @param {Words} words @param {Acts} acts */
  constructor(main, data, words, acts) {
    this.main = main;
    this.body = /** @type {HTMLElement} */ (main.querySelector(".squad-table tbody"));
    this.data = data;
    this.words = words;
    this.acts = acts;
    /** @type {Map<Row, HTMLElement>} */
    this.shown = new Map();
    /** @type {Row[]} */
    this.rows = [];
    this.body.addEventListener("focusout", () => window.setTimeout(() => this.sort()));
  }

  /** @param {Row} row */
  add(row) {
    const template = /** @type {HTMLTemplateElement} */ (this.main.querySelector("#squad-row"));
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const shown = /** @type {HTMLElement} */ (copy.querySelector("tr"));
    const person = /** @type {HTMLInputElement} */ (shown.querySelector(".squad-person"));
    person.setAttribute("aria-label", fill(this.words.person, { file: row.file.name }));
    person.addEventListener("input", () => { row.person = person.value.trim(); });
    this.text(shown, ".squad-file", row.file.name);
    const remove = shown.querySelector(".squad-remove");
    remove?.setAttribute("aria-label", fill(this.words.remove, { file: row.file.name }));
    remove?.addEventListener("click", () => this.acts.remove(row));
    shown.querySelector(".squad-retry")?.addEventListener("click", () => this.acts.again(row));
    this.shown.set(row, shown);
    this.rows.push(row);
    this.body.append(shown);
    this.show(row);
    thumbnail(row.file, /** @type {HTMLImageElement} */ (shown.querySelector("img")));
  }

  /** @param {Row} row */
  remove(row) {
    const shown = this.shown.get(row);
    const next = /** @type {HTMLElement | null} */ (shown?.nextElementSibling ?? shown?.previousElementSibling ?? null);
    shown?.remove();
    this.shown.delete(row);
    this.rows = this.rows.filter((one) => one !== row);
    const goOn = next?.querySelector(".squad-remove") ?? this.main.querySelector("#squad-files");
    /** @type {HTMLElement} */ (goOn).focus();
  }

  /** @param {Row} row */
  show(row) {
    const shown = this.shown.get(row);
    if (!shown) return;
    const { state, result } = row;
    const isDone = state === "done";
    const verdict = isDone ? result.verdict : "";
    const isProvisional = isDone && result.measurable && result.status === "provisional";
    shown.dataset.state = state;
    shown.className = [verdict, isProvisional ? "provisional" : ""].join(" ").trim();
    this.text(shown, ".squad-verdict", this.verdict(row));
    this.text(shown, ".squad-doubt", this.remark(row));
    const [thigh, knee] = shown.querySelectorAll(".squad-number");
    thigh.textContent = angle(isDone ? result.thigh_deg : null);
    knee.textContent = angle(isDone ? result.knee_flexion_deg : null);
    const retry = /** @type {HTMLElement} */ (shown.querySelector(".squad-retry"));
    retry.hidden = state !== "failed" && state !== "stopped";
    this.showLeg(row, shown);
    this.sort();
  }

  /** @param {Row} row @param {HTMLElement} shown */
  showLeg(row, shown) {
    const place = /** @type {HTMLElement} */ (shown.querySelector(".squad-leg"));
    const side = row.result?.tested_leg?.side ?? row.leg;
    if (row.state !== "done" || !asksForLeg(row) || row.leg) {
      place.textContent = side ? this.data.legs[side] : "";
      return;
    }
    const template = /** @type {HTMLTemplateElement} */ (this.main.querySelector("#squad-which"));
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const legend = /** @type {HTMLElement} */ (copy.querySelector("legend"));
    legend.textContent = this.words.which_short;
    legend.setAttribute("aria-label", fill(this.words.which, { file: row.file.name }));
    for (const button of copy.querySelectorAll("button")) {
      const leg = button.value === "left" ? "left" : "right";
      button.addEventListener("click", () => this.acts.asked(row, leg));
    }
    place.replaceChildren(copy);
  }

  /** @param {Row} row @returns {string} */
  verdict({ state, result }) {
    return state === "done" ? this.data.titles[result.status][result.verdict] : this.words[state];
  }

  /** @param {Row} row @returns {string} What is doubtful, or went wrong. */
  remark({ result, problem, waitS }) {
    if (waitS) return fill(this.words.busy, { seconds: Math.ceil(waitS) });
    if (problem) {
      const known = this.data.problems[problem.code];
      return known ? `${known.text}. ${known.advice}` : this.words.no_answer;
    }
    if (!result) return "";
    const flags = result.flags.map((/** @type {{code: string}} */ { code }) => this.data.flags[code]);
    const blocking = result.flags.find((/** @type {any} */ flag) => flag.blocking);
    if (blocking) {
      const { text, advice } = this.data.flags[blocking.code];
      return `${text} ${advice}`;
    }
    return flags.map((/** @type {{text: string}} */ flag) => flag.text).join(" ");
  }

  /** Doubt first; not while somebody types in the table, as the row would move away. */
  sort() {
    const isTyping = this.body.contains(document.activeElement) && document.activeElement?.matches("input");
    if (isTyping) return;
    const wanted = sorted(this.rows).map((row) => this.shown.get(row));
    if (wanted.every((row, place) => row === this.body.children[place])) return;
    const held = /** @type {HTMLElement | null} */ (document.activeElement);
    this.body.append(.../** @type {HTMLElement[]} */ (wanted));
    if (held && this.body.contains(held)) held.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} shown @param {string} selector @param {string} text */
  text(shown, selector, text) {
    const place = /** @type {HTMLElement} */ (shown.querySelector(selector));
    if (place.textContent !== text) place.textContent = text;
  }
}

/** @param {{value: number, interval: [number, number]} | null} found @returns {string} */
function angle(found) {
  if (!found) return "";
  const half = (found.interval[1] - found.interval[0]) / 2;
  return `${negative(found.value)} ± ${oneDecimal(half)}°`;
}

/**
 * @param {File} file
 * @param {HTMLImageElement} image  Stays hidden where the browser cannot show the file (HEIC).
 */
async function thumbnail(file, image) {
  try {
    const small = await createImageBitmap(file, { resizeWidth: THUMB_PX, resizeQuality: "medium" });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [small.width, small.height];
    canvas.getContext("2d")?.drawImage(small, 0, 0);
    small.close();
    image.src = canvas.toDataURL("image/jpeg", 0.8);
    image.hidden = false;
  } catch {
    // The name is enough.
  }
}
