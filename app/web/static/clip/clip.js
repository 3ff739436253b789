/**
 * A short clip: the stillest frames are proposed, and the choice can be changed.
 *
 * @typedef {Record<string, string>} Words  By name; values stand in braces.
 * @typedef {import("./steady.js").Sample} Sample
 */
import { Clip } from "./frames.js";
import { STILL_SHARE, motions, stillest } from "./steady.js";

const PROPOSED = 3;
const APART_S = 0.5; // frames closer together show the same
const SAME_S = 0.05; // a frame that was chosen already
const GRAPH = { width: 300, height: 40, mostShare: 5 * STILL_SHARE };

/**
 * @param {{file: File, most: number}} wanted  Most: number of frames that there is room for.
 * @returns {Promise<File[] | null>} Frames as JPEG files, the first in time first; null if closed.
 */
export function openClip({ file, most }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("clip-view"));
  return new Choice(dialog, file, most).result;
}

class Choice {
  /** @param {HTMLDialogElement} dialog @param {File} file @param {number} most */
  constructor(dialog, file, most) {
    this.dialog = dialog;
    this.file = file;
    this.most = most;
    /** @type {Words} */
    this.words = JSON.parse(this.part("script").textContent);
    this.clip = new Clip(this.part("video"), file);
    this.life = new AbortController();
    /** @type {{atS: number, thumbnail: string}[]} */
    this.chosen = [];
    /** @type {Promise<void>} */
    this.turn = Promise.resolve();
    this.isOpen = true;
    this.result = new Promise((resolve) => { this.resolve = resolve; });
    this.listen();
    this.show("reading");
    this.dialog.showModal();
    this.read();
  }

  /** @param {string} selector @returns {any} */
  part(selector) {
    return this.dialog.querySelector(selector);
  }

  listen() {
    const on = (/** @type {string} */ selector, /** @type {string} */ kind, /** @type {() => void} */ act) =>
      this.part(selector).addEventListener(kind, act, { signal: this.life.signal });
    on(".clip-cancel", "click", () => this.end(null));
    on(".clip-time", "input", () => this.seek());
    on(".clip-add", "click", () => this.inTurn(() => this.add(this.atS)));
    on(".clip-use", "click", () => this.inTurn(() => this.use()));
    window.addEventListener("popstate", () => this.end(null), { signal: this.life.signal });
    this.dialog.addEventListener("close", () => { // also of the one before, which comes late
      if (!this.dialog.open) this.end(null);
    }, { signal: this.life.signal });
  }

  get atS() {
    return Number(this.part(".clip-time").value);
  }

  /** @param {"reading" | "ready" | "failed"} state */
  show(state) {
    for (const one of this.dialog.querySelectorAll("[data-when]")) {
      one.toggleAttribute("hidden", !one.getAttribute("data-when")?.split(" ").includes(state));
    }
  }

  /** The video shows one frame at a time, so what needs it waits for its turn. */
  inTurn(/** @type {() => Promise<void>} */ act) {
    this.turn = this.turn.then(() => (this.isOpen ? act() : undefined)).catch(() => this.fail());
  }

  async read() {
    try {
      await this.clip.open();
      /** @type {Sample[]} */
      const samples = [];
      const progress = this.part("progress");
      for await (const sample of this.clip.samples(this.life.signal)) {
        samples.push(sample);
        progress.value = sample.atS / this.clip.durationS;
      }
      if (this.isOpen) await this.propose(samples);
    } catch {
      if (this.isOpen) this.fail();
    }
  }

  fail() {
    this.show("failed");
    this.say(this.words.failed);
    this.part(".clip-cancel").focus();
  }

  /** @param {Sample[]} samples */
  async propose(samples) {
    this.samples = samples;
    this.moved = motions(samples);
    const time = this.part(".clip-time");
    time.max = this.clip.durationS.toFixed(2);
    this.drawGraph();
    const times = samples.map((one) => one.atS);
    const most = Math.min(PROPOSED, this.most);
    for (const place of stillest(times, this.moved, most, APART_S)) await this.add(times[place]);
    if (!this.isOpen) return;
    this.show("ready");
    time.value = String(this.chosen[0]?.atS ?? 0);
    await this.goTo();
    const still = Math.min(...this.moved) <= STILL_SHARE;
    this.say(still ? this.fill("proposed", { n: this.chosen.length }) : this.words.moving_clip);
    this.part(".clip-use").focus({ preventScroll: true });
  }

  seek() {
    this.turn = this.turn.then(() => this.goTo()).catch(() => this.fail());
  }

  /** Show the frame at the scrubber. */
  async goTo() {
    if (!this.isOpen) return;
    await this.clip.show(this.atS);
    const isStill = this.motionAt(this.atS) <= STILL_SHARE;
    const text = this.fill(isStill ? "still" : "moving", { seconds: this.seconds(this.atS) });
    this.part(".clip-time").setAttribute("aria-valuetext", text);
    this.part(".clip-now").textContent = text;
  }

  /** @param {number} atS @returns {number} As motions(), of the nearest sample. */
  motionAt(atS) {
    const distances = (this.samples ?? []).map((one) => Math.abs(one.atS - atS));
    return this.moved?.[distances.indexOf(Math.min(...distances))] ?? 0;
  }

  /** @param {number} atS */
  async add(atS) {
    if (this.chosen.some((one) => Math.abs(one.atS - atS) < SAME_S)) return;
    if (this.chosen.length >= this.most) {
      this.say(this.fill("full", { n: this.most }));
      return;
    }
    await this.clip.show(atS);
    this.chosen.push({ atS, thumbnail: this.clip.thumbnail() });
    this.chosen.sort((a, b) => a.atS - b.atS);
    this.list();
  }

  list() {
    const list = this.part(".clip-chosen");
    list.replaceChildren(...this.chosen.map((one) => this.row(one)));
    this.part(".clip-use").disabled = !this.chosen.length;
    this.drawMarks();
  }

  /** @param {{atS: number, thumbnail: string}} one @returns {DocumentFragment} */
  row(one) {
    const row = this.part("template").content.cloneNode(true);
    const [picture, remove] = [row.querySelector("img"), row.querySelector("button")];
    const seconds = this.seconds(one.atS);
    picture.src = one.thumbnail;
    picture.alt = this.fill("frame", { seconds });
    row.querySelector(".clip-at").textContent = `${seconds} s`;
    remove.setAttribute("aria-label", this.fill("remove", { seconds }));
    remove.addEventListener("click", () => {
      this.chosen = this.chosen.filter((other) => other !== one);
      this.list();
      this.say(this.fill("removed", { seconds }));
      (this.part(".clip-chosen button") ?? this.part(".clip-add")).focus();
    });
    return row;
  }

  /** How much the picture moves, over time; the still parts lie at the bottom. */
  drawGraph() {
    const { width, height, mostShare } = GRAPH;
    const points = (this.samples ?? []).map((one, place) => {
      const x = (one.atS / this.clip.durationS) * width;
      const share = Math.min(1, (this.moved?.[place] ?? 0) / mostShare);
      return `${x.toFixed(1)} ${(height - 2 - share * (height - 4)).toFixed(1)}`;
    });
    this.part(".clip-motion").setAttribute("d", points.length ? `M${points.join("L")}` : "");
  }

  drawMarks() {
    const { width, height } = GRAPH;
    const marks = this.chosen.map(({ atS }) => `M${((atS / this.clip.durationS) * width).toFixed(1)} 0V${height}`);
    this.part(".clip-marks").setAttribute("d", marks.join(""));
  }

  async use() {
    /** @type {File[]} */
    const files = [];
    const stem = this.file.name.replace(/\.[^.]*$/, "");
    for (const { atS } of this.chosen) {
      files.push(await this.clip.take(atS, `${stem} ${atS.toFixed(2)} s.jpg`));
    }
    this.end(files);
  }

  /** @param {string} key @param {Record<string, string | number>} values @returns {string} */
  fill(key, values) {
    return this.words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** @param {number} atS @returns {string} */
  seconds(atS) {
    return atS.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  }

  /** @param {string} text */
  say(text) {
    this.part("[role=status]").textContent = text;
  }

  /** @param {File[] | null} files */
  end(files) {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.life.abort();
    this.clip.close();
    this.chosen = [];
    this.list();
    this.say("");
    if (this.dialog.open) this.dialog.close();
    this.resolve?.(files);
  }
}
