/**
 * Where down is: the acceleration that a browser reports, as the direction of gravity.
 *
 * Vectors are in g and along gravity: x to the right, y up, z out of the screen; a phone that is
 * held upright reads (0, -1, 0). The specification of devicemotion reports the opposite, the
 * reaction to gravity (+9.8 m/s2 along y); WebKit on iOS reports gravity itself. A vector that does
 * not point down on the screen contradicts this, and is not used.
 *
 * @typedef {[number, number, number]} Vector
 * @typedef {{rollDeg: number, pitchDeg: number}} Tilt  Roll: + if the phone is turned clockwise, so
 *   that the right end of the true horizontal looks higher. Pitch: + if the camera looks up.
 * @typedef {{vector: Vector, atMs: number}} Sample
 * @typedef {typeof DeviceMotionEvent & {requestPermission?: () => Promise<string>}} AskedMotion
 */

/** Standard gravity, m/s2 (ISO 80000-3). */
const G = 9.80665;
/** Samples are averaged over this time: a hand trembles at 8 to 12 Hz. */
const WINDOW_MS = 400;
/** A last sample that is older says nothing about now. */
const STALE_MS = 1000;
/** As vision/metadata.py, which refuses a vector whose length is further from 1 g. */
const MAX_OFF_G = 0.03;
/** As vision/metadata.py. */
const MAX_PITCH_DEG = 50;
/** A screen that is turned further belongs to another orientation. */
const MAX_ROLL_DEG = 45;
/** Angle of a sample to the mean beyond which the phone is being moved: half of what is wanted. */
const MAX_WANDER_DEG = 1.5;

const toDeg = (/** @type {number} */ rad) => (rad * 180) / Math.PI;
const length = (/** @type {Vector} */ [x, y, z]) => Math.hypot(x, y, z);

/** @returns {AskedMotion | undefined} */
function motion() {
  return typeof DeviceMotionEvent === "undefined" ? undefined : DeviceMotionEvent;
}

/** @returns {boolean} Whether this browser reports gravity itself: every browser on iOS is WebKit. */
export function reportsGravity() {
  return navigator.vendor.startsWith("Apple");
}

/** @returns {boolean} Whether the sensor may have to be asked for, after a tap. */
export function isAskedFor() {
  return typeof motion()?.requestPermission === "function";
}

/**
 * @param {{x: number | null, y: number | null, z: number | null} | null} reported  m/s2
 * @param {boolean} isGravity  Not the reaction to it.
 * @returns {Vector | null} Null without a sensor.
 */
export function alongGravity(reported, isGravity) {
  const { x, y, z } = reported ?? { x: null, y: null, z: null };
  if (x === null || y === null || z === null || !Number.isFinite(x + y + z)) return null;
  const scale = (isGravity ? 1 : -1) / G;
  return [x * scale, y * scale, z * scale];
}

/**
 * Turn a vector of the device into the screen's axes.
 * @param {Vector} vector
 * @param {number} angleDeg  Of the screen: 90 if the device was turned anticlockwise.
 * @returns {Vector}
 */
export function onScreen([x, y, z], angleDeg) {
  const quarters = Math.round(angleDeg / 90);
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][((quarters % 4) + 4) % 4];
  return [x * cos - y * sin, x * sin + y * cos, z];
}

/** @returns {number} Angle of the screen, degrees. */
export function screenAngle() {
  if (screen.orientation) return screen.orientation.angle;
  const older = /** @type {{orientation?: number}} */ (window);
  return older.orientation ?? 0;
}

/**
 * @param {Vector} vector  In the screen's axes.
 * @returns {Tilt | null} Null if the screen is not held upright.
 */
export function tiltOf(vector) {
  const size = length(vector);
  if (!(size > 0)) return null;
  const rollDeg = toDeg(Math.atan2(vector[0], -vector[1]));
  const pitchDeg = toDeg(Math.asin(vector[2] / size));
  const upright = Math.abs(rollDeg) < MAX_ROLL_DEG && Math.abs(pitchDeg) < MAX_PITCH_DEG;
  return upright ? { rollDeg, pitchDeg } : null;
}

/**
 * The vector as the service wants it: of a phone whose upright picture is taller than wide.
 * @param {Vector} vector  In the screen's axes, which are those of the picture.
 * @param {{width: number, height: number}} picture
 * @returns {Vector | null} Null if the service would not believe it.
 */
export function forPicture(vector, { width, height }) {
  if (!tiltOf(vector) || !(Math.abs(length(vector) - 1) <= MAX_OFF_G)) return null;
  const turned = width > height ? onScreen(vector, 90) : vector;
  return /** @type {Vector} */ (turned.map((part) => Number(part.toFixed(5))));
}

/**
 * @param {Sample[]} samples
 * @returns {Vector | null} Their mean; null if the phone was moved meanwhile.
 */
export function steadyMean(samples) {
  if (!samples.length) return null;
  const mean = meanOf(samples);
  const wander = samples.map(({ vector }) => angleDeg(vector, mean));
  return Math.max(...wander) <= MAX_WANDER_DEG ? mean : null;
}

/** @param {Sample[]} samples @returns {Vector} */
function meanOf(samples) {
  const along = (/** @type {0 | 1 | 2} */ axis) =>
    samples.reduce((sum, { vector }) => sum + vector[axis], 0) / samples.length;
  return [along(0), along(1), along(2)];
}

/** @param {Vector} one @param {Vector} two */
function angleDeg(one, two) {
  const dot = one[0] * two[0] + one[1] * two[1] + one[2] * two[2];
  return toDeg(Math.acos(Math.min(1, Math.max(-1, dot / (length(one) * length(two))))));
}

/** Listens to the sensor while the camera is open. */
export class Sensor {
  /** @param {() => void} changed  Called with each sample. */
  constructor(changed) {
    this.changed = changed;
    /** @type {Sample[]} */
    this.samples = [];
    this.hear = (/** @type {DeviceMotionEvent} */ event) => this.take(event);
  }

  /**
   * Ask where asking is needed, which has to follow a tap, and listen.
   * @returns {Promise<boolean>} Whether the browser shares it.
   */
  async start() {
    const asked = motion();
    if (!asked) return false;
    try {
      const answer = asked.requestPermission ? await asked.requestPermission() : "granted";
      if (answer !== "granted") return false;
    } catch {
      return false; // no tap came before
    }
    window.addEventListener("devicemotion", this.hear);
    return true;
  }

  stop() {
    window.removeEventListener("devicemotion", this.hear);
    this.samples = [];
  }

  /** @param {DeviceMotionEvent} event */
  take(event) {
    const found = alongGravity(event.accelerationIncludingGravity, reportsGravity());
    if (!found) return;
    const atMs = event.timeStamp;
    const vector = onScreen(found, screenAngle());
    this.samples = [...this.samples.filter((one) => atMs - one.atMs < WINDOW_MS), { vector, atMs }];
    this.changed();
  }

  /** @returns {Vector | null} For the level that is shown, in the screen's axes. */
  get shown() {
    return this.fresh.length ? meanOf(this.fresh) : null;
  }

  /** @returns {Vector | null} For the photo that is taken now; null if the phone moves. */
  get steady() {
    return steadyMean(this.fresh);
  }

  get fresh() {
    const last = this.samples.at(-1);
    return last && performance.now() - last.atMs < STALE_MS ? this.samples : [];
  }
}
