/**
 * How still the frames of a clip are, and which of them to take.
 *
 * As vision/clips.py: by the optical flow constraint abs(dI) = abs(grad I) v, the mean change of two
 * small grey pictures, divided by their mean gradient, is the shift between them in pixels.
 *
 * @typedef {{grey: Float32Array, width: number, height: number}} Small
 * @typedef {{atS: number, small: Small}} Sample
 */

/** Largest shift from one frame to the next that counts as still, as a share of the width: as
 * MAX_STEP of vision/clips.py, per tenth of a second. */
export const STILL_SHARE = 0.002;

/**
 * @param {Small} one
 * @param {Small} two
 * @returns {number} Shift between them, as a share of the width.
 */
export function shift(one, two) {
  const { width, height } = one;
  const size = width * height;
  let mean = 0;
  for (let place = 0; place < size; place += 1) mean += (two.grey[place] - one.grey[place]) / size;
  let [change, gradient] = [0, 0];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const place = y * width + x;
      // A uniform change of brightness is not a movement.
      change += Math.abs(two.grey[place] - one.grey[place] - mean);
      const at = (/** @type {number} */ where) => (one.grey[where] + two.grey[where]) / 2;
      const right = (at(place + 1) - at(place - 1)) / 2;
      const down = (at(place + width) - at(place - width)) / 2;
      gradient += Math.hypot(right, down);
    }
  }
  const inside = (width - 2) * (height - 2);
  return change / inside / Math.max(gradient / inside, 1e-3) / width;
}

/**
 * @param {Sample[]} samples  In order of time.
 * @returns {number[]} For each the larger shift to a neighbour, per tenth of a second: 0 is still.
 */
export function motions(samples) {
  const steps = samples.slice(1).map((one, place) => {
    const tenths = (one.atS - samples[place].atS) * 10;
    return shift(samples[place].small, one.small) / Math.max(tenths, 1e-3);
  });
  return samples.map((_, place) => Math.max(steps[place - 1] ?? 0, steps[place] ?? 0));
}

/**
 * The stillest frames, apart in time.
 * @param {number[]} atS  Times, seconds, in order.
 * @param {number[]} moved  As motions().
 * @param {number} most
 * @param {number} apartS  Least time between two of them, seconds.
 * @returns {number[]} Their places, in order of time; at least one where there is a frame.
 */
export function stillest(atS, moved, most, apartS) {
  const order = atS.map((_, place) => place).sort((a, b) => moved[a] - moved[b] || a - b);
  /** @type {number[]} */
  const chosen = [];
  for (const place of order) {
    const apart = chosen.every((one) => Math.abs(atS[one] - atS[place]) >= apartS);
    const still = moved[place] <= STILL_SHARE || !chosen.length;
    if (apart && still && chosen.length < most) chosen.push(place);
  }
  return chosen.sort((a, b) => a - b);
}
