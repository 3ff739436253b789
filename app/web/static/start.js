/**
 * Where the points are before anybody moves them. Pixels of the upright photo.
 *
 * @typedef {import("./scoring.js").State} State
 * @typedef {import("./scoring.js").Data} Data
 * @typedef {import("./scoring.js").Point} Point
 * @typedef {{width: number, height: number}} Size
 */
import { JOINTS, original, rounded } from "./scoring.js";

/**
 * The photo's own points; in a refused photo those that were found, or else a guess.
 * @param {Data} data
 * @param {Size} size
 * @param {"left" | "right" | null} head
 * @returns {State}
 */
export function startState(data, size, head) {
  const { points } = original(data.measurement);
  if (points) {
    const own = JOINTS.map((joint) => [joint, { x: points[joint].x_px, y: points[joint].y_px }]);
    return { ...Object.fromEntries(own), level: null, head };
  }
  // A joint that was found beyond the photo starts at its edge: nobody can see it out there.
  const chain = (foundChain(data) ?? guess(size, head)).map((point) => inside(point, size));
  const [hip, knee, ankle] = chain;
  return { hip, knee, ankle, level: null, head };
}

/** @param {Data} data @returns {State | null} The points of a correction that was saved before. */
export function savedState({ measurement }) {
  const { automatic, points, level, head_towards: head } = measurement;
  if (!automatic || !points) return null;
  const set = JOINTS.map((joint) => [joint, { x: points[joint].x_px, y: points[joint].y_px }]);
  const turned = level && automatic.level && level.roll_deg !== automatic.level.roll_deg;
  return { ...Object.fromEntries(set), level: turned ? level.roll_deg : null, head };
}

/** @param {Data} data @returns {Point[] | null} The leg of a refused photo, if it was found. */
export function foundChain(data) {
  return data.found?.map(([x, y]) => ({ x, y })) ?? null;
}

/** @param {Point} point @param {Size} size @returns {Point} In the photo, tenths of a pixel. */
export function inside({ x, y }, { width, height }) {
  const within = (value, most) => rounded(Math.min(Math.max(value, 0), most));
  return { x: within(x, width), y: within(y, height) };
}

/** A leg that hangs from the middle of the photo, the feet away from the head. */
function guess({ width, height }, head) {
  const [limb, way] = [0.17 * Math.max(width, height), head === "right" ? -1 : 1];
  const hip = { x: 0.5 * width, y: 0.5 * height };
  const knee = { x: hip.x + way * Math.min(limb, 0.3 * width), y: hip.y + 0.05 * limb };
  const ankle = { x: knee.x + way * 0.1 * limb, y: Math.min(knee.y + limb, 0.95 * height) };
  return [hip, knee, ankle];
}
