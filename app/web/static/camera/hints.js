/**
 * What to do with the phone, in words; and saying so without talking all the time.
 *
 * @typedef {import("./sensor.js").Tilt} Tilt
 * @typedef {Record<string, string>} Words  By name; values stand in braces.
 */

/** A degree of roll is a degree of thigh angle; pitch matters less. */
export const LEVEL_ROLL_DEG = 1;
export const LEVEL_PITCH_DEG = 5;
const PAUSE_MS = 2500; // between two announcements

/** @param {string} text @param {Record<string, string | number>} values @returns {string} */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {Tilt} tilt @returns {boolean} */
export function isLevel({ rollDeg, pitchDeg }) {
  return Math.abs(rollDeg) <= LEVEL_ROLL_DEG && Math.abs(pitchDeg) <= LEVEL_PITCH_DEG;
}

/**
 * @param {Tilt | null} tilt  Null if the phone is not held upright.
 * @param {Words} words
 * @returns {string}
 */
export function hint(tilt, words) {
  if (!tilt) return words.upright;
  const { rollDeg, pitchDeg } = tilt;
  const angle = (/** @type {number} */ deg) => Math.max(1, Math.round(Math.abs(deg)));
  if (Math.abs(rollDeg) > LEVEL_ROLL_DEG) {
    return fill(rollDeg > 0 ? words.turn_left : words.turn_right, { angle: angle(rollDeg) });
  }
  if (Math.abs(pitchDeg) > LEVEL_PITCH_DEG) {
    return fill(pitchDeg > 0 ? words.tip_away : words.tip_near, { angle: angle(pitchDeg) });
  }
  return words.level;
}

/** A live region that is not flooded: the newest text, at most every few seconds. */
export class Announcer {
  /** @param {HTMLElement} region */
  constructor(region) {
    this.region = region;
    this.timer = 0;
    this.next = "";
  }

  /** @param {string} text  Said when the pause is over, unless another follows. */
  offer(text) {
    this.next = text;
    if (!this.timer) this.speak();
  }

  /** @param {string} text  Said at once. */
  now(text) {
    this.next = text;
    this.speak();
  }

  speak() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    if (this.region.textContent === this.next) return;
    this.region.textContent = this.next;
    this.timer = window.setTimeout(() => this.speak(), PAUSE_MS);
  }

  stop() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.region.textContent = "";
  }
}
