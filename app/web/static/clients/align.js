/**
 * Laying two photos of a leg on each other: hip on hip, horizon level, legs equally long.
 *
 * @typedef {import("./results.js").Measurement} Measurement
 * @typedef {{a: number, b: number, c: number, d: number, e: number, f: number}} Matrix
 *   As a canvas takes it: x' = a x + c y + e, y' = b x + d y + f. Pixels, x right, y down.
 * @typedef {{hip: {x: number, y: number}, leg_px: number, head: "left" | "right"}} Frame
 *   Where the hip lies on the canvas, how long thigh and shank are together, where the head is.
 */

/**
 * The roll is positive when the right end of the true horizontal looks higher in the photo; turning
 * the photo clockwise by it makes the horizontal level.
 * @param {Measurement} measurement
 * @param {Frame} frame
 * @returns {Matrix | null} From the photo's pixels to the canvas; null without points or level.
 */
export function placed({ points, level, head_towards: head }, frame) {
  if (!points || !level || !head) return null;
  const length = distance(points.hip, points.knee) + distance(points.knee, points.ankle);
  if (!(length > 0)) return null;
  const scale = frame.leg_px / length;
  const roll = (level.roll_deg * Math.PI) / 180;
  const mirror = head === frame.head ? 1 : -1;
  const [cos, sin] = [scale * Math.cos(roll), scale * Math.sin(roll)];
  const { x_px: x, y_px: y } = points.hip;
  const turned = { a: mirror * cos, b: sin, c: -mirror * sin, d: cos };
  return {
    ...turned,
    e: frame.hip.x - (turned.a * x + turned.c * y),
    f: frame.hip.y - (turned.b * x + turned.d * y),
  };
}

/** @param {Matrix} matrix @param {{x_px: number, y_px: number}} point @returns {{x: number, y: number}} */
export function moved({ a, b, c, d, e, f }, { x_px: x, y_px: y }) {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

function distance(one, other) {
  return Math.hypot(one.x_px - other.x_px, one.y_px - other.y_px);
}
