/**
 * The guided camera: what the phone sees, an outline to fit the person into, and a level.
 *
 * Resolves with the photo and the direction of gravity at that moment, for the level. The picture
 * is the frame that was shown, in the orientation of the screen, and so is the vector.
 *
 * @typedef {import("./sensor.js").Vector} Vector
 * @typedef {import("./hints.js").Words} Words
 * @typedef {"left" | "right" | ""} Leg  That hangs near the camera; empty if it is not known.
 * @typedef {{file: File, gravity: Vector | null}} Shot
 */
import { countDown } from "./countdown.js";
import { Announcer, fill, hint, isLevel } from "./hints.js";
import { Sensor, forPicture, isAskedFor, tiltOf } from "./sensor.js";

const WANTED = { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1440 } };
const JPEG_QUALITY = 0.92;

/** @returns {boolean} Whether this page may use a camera: a secure place, and a browser that can. */
export function hasCamera() {
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
}

/**
 * @param {{leg: Leg, words?: Words, title?: string}} wanted  Words: by default the dialog's own.
 *   Title: which of them stands above, by default the one of the leg.
 * @returns {Promise<Shot | null>} Null if it was closed.
 */
export function openCamera({ leg, words, title = leg || "any" }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("camera-view"));
  const own = dialog.querySelector("script[type='application/json']");
  return new Camera(dialog, words ?? JSON.parse(own?.textContent ?? "{}"), leg, title).result;
}

class Camera {
  /** @param {HTMLDialogElement} dialog @param {Words} words @param {Leg} leg @param {string} title */
  constructor(dialog, words, leg, title) {
    this.dialog = dialog;
    this.title = title;
    this.words = words;
    this.leg = leg;
    this.sensor = new Sensor(() => this.drawLevel());
    this.said = new Announcer(this.part("[role=status]"));
    this.life = new AbortController();
    this.counting = new AbortController();
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {Shot | null} */
    this.shot = null;
    this.isOpen = true;
    this.result = new Promise((resolve) => { this.resolve = resolve; });
    this.begin();
  }

  /** @param {string} selector @returns {any} An element of the dialog. */
  part(selector) {
    return this.dialog.querySelector(selector);
  }

  get video() {
    return /** @type {HTMLVideoElement} */ (this.part("video"));
  }

  begin() {
    this.part(".camera-title").textContent = this.words[`title_${this.title}`];
    this.mirror(this.leg === "left");
    this.listen();
    this.show("starting");
    this.dialog.showModal();
    this.askForLevel(); // first: asking has to follow the tap
    this.open();
  }

  listen() {
    const on = (/** @type {string} */ selector, /** @type {() => void} */ act) =>
      this.part(selector).addEventListener("click", act, { signal: this.life.signal });
    on(".camera-close", () => this.end(null));
    on(".camera-mirror", () => this.mirror(!this.isMirrored));
    on(".camera-level", () => this.askForLevel());
    on(".camera-shutter", () => this.take());
    on(".camera-timer", () => this.takeLater());
    on(".camera-again", () => this.show("live"));
    on(".camera-use", () => this.end(this.shot));
    on(".camera-own", () => {
      this.dialog.dispatchEvent(new Event("owncamera")); // in the tap, which a file dialog needs
      this.end(null);
    });
    window.addEventListener("popstate", () => this.end(null), { signal: this.life.signal });
    this.dialog.addEventListener("close", () => { // also of the one before, which comes late
      if (!this.dialog.open) this.end(null);
    }, { signal: this.life.signal });
  }

  async askForLevel() {
    const shared = await this.sensor.start();
    if (!this.isOpen) this.sensor.stop();
    this.part(".camera-level").hidden = shared || !isAskedFor();
    this.drawLevel();
  }

  async open() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
      this.video.srcObject = this.stream;
      await this.video.play();
      if (this.isOpen) this.show("live");
    } catch (error) {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      if (this.isOpen) this.fail(refused ? this.words.refused : this.words.no_camera);
    }
    if (!this.isOpen) this.close();
  }

  /** @param {string} why */
  fail(why) {
    this.part(".camera-why").textContent = why;
    this.show("none");
    this.said.now(why);
  }

  /** @param {"starting" | "live" | "taken" | "none"} state */
  show(state) {
    this.state = state;
    this.dialog.dataset.state = state;
    for (const one of this.dialog.querySelectorAll("[data-when]")) {
      one.toggleAttribute("hidden", !one.getAttribute("data-when")?.split(" ").includes(state));
    }
    const first = { live: ".camera-shutter", taken: ".camera-use", none: ".camera-own", starting: ".camera-close" };
    this.part(first[state]).focus();
    this.counting.abort();
    this.drawLevel();
  }

  /** @param {boolean} mirrored  Whether the head lies on the right. */
  mirror(mirrored) {
    this.isMirrored = mirrored;
    this.part(".camera-ghost").classList.toggle("mirrored", mirrored);
    this.part(".camera-mirror").setAttribute("aria-pressed", String(mirrored));
  }

  drawLevel() {
    if (this.state !== "live") return;
    const vector = this.sensor.shown;
    const tilt = vector && tiltOf(vector);
    const level = Boolean(tilt && isLevel(tilt));
    this.dialog.classList.toggle("level", level);
    this.part(".camera-horizon").classList.toggle("unseen-line", !tilt);
    if (tilt) this.part(".camera-true").setAttribute("transform", `rotate(${-tilt.rollDeg.toFixed(2)})`);
    const text = vector ? hint(tilt, this.words) : this.words.no_sensor;
    this.part(".camera-hint").textContent = text;
    if (this.counting.signal.aborted) this.said.offer(text);
  }

  async takeLater() {
    if (!this.counting.signal.aborted) { // a second tap stops it
      this.counting.abort();
      return;
    }
    this.counting = new AbortController();
    const count = this.part(".camera-count");
    const timer = this.part(".camera-timer");
    timer.setAttribute("aria-pressed", "true");
    count.hidden = false;
    const done = await countDown((seconds) => {
      count.textContent = String(seconds);
      this.said.now(String(seconds));
    }, this.counting.signal);
    count.hidden = true;
    timer.setAttribute("aria-pressed", "false");
    this.counting.abort();
    if (done && this.isOpen && this.state === "live") await this.take();
  }

  async take() {
    const { video } = this;
    const size = { width: video.videoWidth, height: video.videoHeight };
    if (!size.width) return;
    const gravity = this.gravity(size);
    const canvas = /** @type {HTMLCanvasElement} */ (this.part("canvas"));
    Object.assign(canvas, size);
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
    if (!blob || !this.isOpen) return;
    const name = `${fill(this.words.file, { leg: this.words[`file_${this.leg || "any"}`] })}.jpg`;
    const file = new File([blob], name, { type: blob.type, lastModified: Date.now() });
    this.shot = { file, gravity };
    this.show("taken");
    const told = this.told(gravity);
    this.part(".camera-told").textContent = told;
    this.said.now(told);
  }

  /**
   * @param {{width: number, height: number}} size
   * @returns {Vector | null} Null if the phone moves, or the camera looks the other way.
   */
  gravity(size) {
    const steady = this.sensor.steady;
    const [track] = this.stream?.getVideoTracks() ?? [];
    const isFront = track?.getSettings().facingMode === "user";
    const fits = size.width > size.height === window.innerWidth > window.innerHeight;
    return steady && fits && !isFront ? forPicture(steady, size) : null;
  }

  /** @param {Vector | null} gravity @returns {string} Of the photo just taken. */
  told(gravity) {
    if (gravity) return this.words.taken_level;
    return this.sensor.shown ? this.words.taken_moving : this.words.taken;
  }

  /** @param {Shot | null} shot */
  end(shot) {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.close();
    this.life.abort();
    if (this.dialog.open) this.dialog.close();
    this.resolve?.(shot);
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.sensor.stop();
    this.said.stop();
    this.counting.abort();
    this.dialog.classList.remove("level");
  }
}
