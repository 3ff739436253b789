/**
 * The lines over the photo while points move; app/web/svg_overlay.py draws the same ones at rest.
 * Pixels of the upright photo, x right, y down; roll in degrees.
 *
 * @typedef {import("./scoring.js").Point} Point
 * @typedef {import("./scoring.js").Chain} Chain
 * @typedef {import("./scoring.js").Side} Side
 * @typedef {{level_behind: number, level_ahead: number, min_arm: number, extension: number,
 *            plumb: number, thigh_arc: number, knee_arc: number}} Drawing
 *   How far the lines reach: LegDrawing of vision/overlay.py.
 */
import { toFeet } from "./scoring.js";

const xy = (point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
const line = (start, end) => `M${xy(start)}L${xy(end)}`;
const along = (start, direction, length) => ({
  x: start.x + direction.x * length,
  y: start.y + direction.y * length,
});
const between = (a, b) => ({ x: b.x - a.x, y: b.y - a.y });
const length = (vector) => Math.hypot(vector.x, vector.y);

/** The shorter arc between two directions. */
function arc(centre, radius, start, end) {
  const angles = [start, end].map((one) => Math.atan2(one.y, one.x));
  const clockwise = Math.sin(angles[1] - angles[0]) > 0 ? 1 : 0;
  const ends = angles.map((a) => along(centre, { x: Math.cos(a), y: Math.sin(a) }, radius));
  const r = radius.toFixed(1);
  return `M${xy(ends[0])}A${r} ${r} 0 0 ${clockwise} ${xy(ends[1])}`;
}

/** @param {number} roll @param {Side} head @returns {Point} Unit vector towards the feet. */
function horizontal(roll, head) {
  const angle = (roll * Math.PI) / 180;
  return { x: toFeet(head) * Math.cos(angle), y: -toFeet(head) * Math.sin(angle) };
}

/** Length of the horizontal's arm before its factors, pixels. */
function arm(chain, longSide, drawing) {
  return Math.max(length(between(chain.hip, chain.knee)), drawing.min_arm * longSide);
}

/**
 * The end of the horizontal that can be grasped: the one towards the head, inside the photo.
 * @param {Chain} chain
 * @param {number} roll
 * @param {Side} head
 * @param {{width: number, height: number}} size
 * @param {Drawing} drawing
 * @returns {Point}
 */
export function levelEnd(chain, roll, head, size, drawing) {
  const way = horizontal(roll, head);
  const back = { x: -way.x, y: -way.y };
  const room = (at, step, most) => {
    if (step === 0) return Infinity;
    return Math.max(0, (step > 0 ? most - at : -at) / step);
  };
  const most = 0.98 * Math.min(
    room(chain.hip.x, back.x, size.width), room(chain.hip.y, back.y, size.height),
  );
  const wanted = drawing.level_behind * arm(chain, Math.max(size.width, size.height), drawing);
  return along(chain.hip, back, Math.min(wanted, most));
}

/**
 * The roll for which the horizontal through the hip passes a point on the head's side.
 * @param {Point} hip
 * @param {Point} point
 * @param {Side} head
 * @returns {number} Degrees in (−180, 180].
 */
export function rollThrough(hip, point, head) {
  const way = toFeet(head);
  return (Math.atan2((point.y - hip.y) * way, (hip.x - point.x) * way) * 180) / Math.PI;
}

/**
 * @param {Chain} chain
 * @returns {Record<string, string>} SVG paths of the limbs and joints.
 */
export function limbs(chain) {
  return {
    thigh: line(chain.hip, chain.knee),
    shank: line(chain.knee, chain.ankle),
    joints: [chain.hip, chain.knee, chain.ankle].map((one) => `M${xy(one)}h0.01`).join(""),
  };
}

/**
 * @param {Chain} chain
 * @param {number} roll
 * @param {Side} head
 * @param {{width: number, height: number}} size
 * @param {Drawing} drawing
 * @returns {Record<string, string>} SVG paths of every line.
 */
export function layer(chain, roll, head, size, drawing) {
  const reach = length(between(chain.hip, chain.knee));
  const shank = between(chain.knee, chain.ankle);
  const none = { level: "", plumb: "", extension: "", "thigh-arc": "", "knee-arc": "" };
  if (reach < 1 || length(shank) < 1) return { ...limbs(chain), ...none };
  const way = horizontal(roll, head);
  const angle = (roll * Math.PI) / 180;
  const down = { x: Math.sin(angle), y: Math.cos(angle) };
  const step = between(chain.hip, chain.knee);
  const thigh = { x: step.x / reach, y: step.y / reach };
  const reachOfLevel = arm(chain, Math.max(size.width, size.height), drawing);
  return {
    ...limbs(chain),
    level: line(
      along(chain.hip, way, -drawing.level_behind * reachOfLevel),
      along(chain.hip, way, drawing.level_ahead * reachOfLevel),
    ),
    plumb: line(chain.knee, along(chain.knee, down, drawing.plumb * length(shank))),
    extension: line(chain.knee, along(chain.knee, thigh, drawing.extension * reach)),
    "thigh-arc": arc(chain.hip, drawing.thigh_arc * reach, way, thigh),
    "knee-arc": arc(chain.knee, drawing.knee_arc * reach, thigh, shank),
  };
}
