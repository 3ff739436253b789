/**
 * Points to angles, error bars and verdicts: the formulas of the server (app/results/rescore.py,
 * vision/adjustment.py, vision/findings.py) once more, for values that follow a finger.
 * Pure functions. Angles in degrees, points in pixels of the upright photo (x right, y down).
 * Thigh: + above, − below the true horizontal. Knee: flexion, 0 = straight. Roll: + when the
 * right end of the true horizontal looks higher. The figures come with the page.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{hip: Point, knee: Point, ankle: Point}} Chain
 * @typedef {"left" | "right"} Side
 * @typedef {"pass" | "borderline" | "fail" | "not_measurable"} Verdict
 * @typedef {{value: number, sigma: number}} Angle
 * @typedef {{thigh: Angle, knee: Angle, shank: Angle}} Reading
 *   ``shank``: against the plumb line, 0 = plumb, + foot forward.
 * @typedef {{thigh_max_deg: number, knee_min_deg: number | null, shank_max_deg: number | null,
 *            knee_follows_thigh: "never" | "below" | "both"}} Rules
 * @typedef {{z95: number, reading_sigma_deg: [number, number, number], camera_sigma_deg: [number, number, number],
 *            carried_camera_sigma_deg: [number, number, number], given_sigma_deg: number,
 *            max_roll_deg: number, min_limb_px: number,
 *            thigh_deg: [number, number], knee_deg: [number, number], max_limb_ratio: number, plumb_within_deg: number}} Constants
 * @typedef {{measurement: any, found: number[][] | null, rules: Rules, others: Verdict[],
 *            texts: Record<string, string>, words: Record<Verdict, string>,
 *            overall: Record<"final" | "so_far", Record<Verdict, string>>, open: boolean,
 *            constants: Constants, drawing: import("./layer.js").Drawing}} Data
 *   What app/web/editor.py sends. ``open``: whether something is not judged that points cannot
 *   answer.
 * @typedef {Chain & {level: number | null, head: Side}} State
 *   ``level`` is the roll that a person set; null: the photo's own.
 */

const SEVERITY = ["pass", "borderline", "fail", "not_measurable"];
/** A point counts as moved beyond the rounding of its coordinates, pixels. */
const MOVED_PX = 0.05;
export const JOINTS = ["hip", "knee", "ankle"];

/** @param {number} deg @returns {number} The same direction in [−180, 180). */
export function wrap(deg) {
  const turned = deg + 180;
  return turned - 360 * Math.floor(turned / 360) - 180;
}

/** @param {number} value @returns {number} One decimal, halves to even, as Python rounds. */
export function rounded(value) {
  if (Number.isInteger(value * 4) && !Number.isInteger(value * 2)) {
    const low = Math.floor(value * 10);
    return (low % 2 === 0 ? low : low + 1) / 10 + 0;
  }
  return Number(value.toFixed(1)) + 0;
}

/** @param {Side} head @returns {number} +1 when the feet are on the photo's right, else −1. */
export function toFeet(head) {
  return head === "left" ? 1 : -1;
}

/** Direction of a limb, degrees: 0 from head to feet, + turns up. */
function direction(from, to, head) {
  return Math.atan2(from.y - to.y, (to.x - from.x) * toFeet(head)) * (180 / Math.PI);
}

/**
 * @param {Chain} chain
 * @param {Constants} constants
 * @returns {string | null} The limb that is too short to have a direction.
 */
export function degenerate(chain, constants) {
  const length = (a, b) => Math.hypot(b.x - a.x, b.y - a.y);
  if (length(chain.hip, chain.knee) < constants.min_limb_px) return "thigh";
  return length(chain.knee, chain.ankle) < constants.min_limb_px ? "shank" : null;
}

/**
 * The last guard, vision/plausibility.py once more.
 * @param {Reading} reading
 * @param {Chain | null} chain  Null where the angles stand without points.
 * @param {Constants} constants
 * @returns {boolean} Whether no hanging leg can be like this.
 */
export function impossible(reading, chain, constants) {
  const outside = (angle, [least, most]) => {
    const [low, high] = interval(angle, constants);
    return high < least || low > most;
  };
  if (outside(reading.thigh, constants.thigh_deg)) return true;
  if (outside(reading.knee, constants.knee_deg)) return true;
  if (!chain) return false;
  const length = (a, b) => Math.hypot(b.x - a.x, b.y - a.y);
  const [thigh, shank] = [length(chain.hip, chain.knee), length(chain.knee, chain.ankle)];
  return Math.max(thigh, shank) > constants.max_limb_ratio * Math.min(thigh, shank);
}

/**
 * Read both angles along points.
 * @param {Chain} chain
 * @param {{head: Side, roll: number, rollSigma: number, offset: [number, number] | null}} how
 *   ``offset``: reported minus image-plane angle of the photo's own measurement, thigh, knee.
 * @param {Constants} constants
 * @returns {Reading & {image: {thigh: number, knee: number}}}
 */
export function readPoints(chain, how, constants) {
  const thigh = direction(chain.hip, chain.knee, how.head);
  const image = {
    thigh: wrap(thigh - toFeet(how.head) * how.roll),
    knee: wrap(thigh - direction(chain.knee, chain.ankle, how.head)),
  };
  const camera = how.offset ? constants.carried_camera_sigma_deg : constants.camera_sigma_deg;
  const [thighOffset, kneeOffset] = how.offset ?? [0, 0];
  const reading = constants.reading_sigma_deg;
  return {
    thigh: {
      value: wrap(image.thigh + thighOffset),
      sigma: Math.hypot(reading[0], camera[0], how.rollSigma),
    },
    knee: { value: wrap(image.knee + kneeOffset), sigma: Math.hypot(reading[1], camera[1]) },
    shank: {
      value: shankFromPlumb(wrap(image.thigh + thighOffset), wrap(image.knee + kneeOffset)),
      sigma: Math.hypot(reading[2], camera[2], how.rollSigma),
    },
    image,
  };
}

/** @param {number} thigh @param {number} knee @returns {number} 0 = plumb, + foot forward. */
export function shankFromPlumb(thigh, knee) {
  return wrap(90 + thigh - knee);
}

/**
 * Compare an interval with a cut-off; the cut-off itself belongs to the good side.
 * @param {[number, number]} interval
 * @param {number} cutoff
 * @param {boolean} goodBelow
 * @returns {Verdict}
 */
export function judge(interval, cutoff, goodBelow) {
  const [low, high] = goodBelow ? interval : [-interval[1], -interval[0]];
  const limit = goodBelow ? cutoff : -cutoff;
  if (high <= limit) return "pass";
  return low > limit ? "fail" : "borderline";
}

/** @param {Angle} angle @param {Constants} constants @returns {[number, number]} 95 %. */
export function interval(angle, constants) {
  const half = constants.z95 * angle.sigma;
  return [angle.value - half, angle.value + half];
}

/** @param {Verdict[]} verdicts @returns {Verdict} */
export function worst(verdicts) {
  return verdicts.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a));
}

/**
 * Judge a reading by the rule-set's two angles; other criteria stay as they are.
 * @param {Reading} reading
 * @param {Rules} rules
 * @param {Verdict[]} others
 * @param {Constants} constants
 * @returns {{thigh: Verdict, knee: Verdict | null, overall: Verdict}}
 */
export function judgeReading(reading, rules, others, constants) {
  const thigh = judge(interval(reading.thigh, constants), rules.thigh_max_deg, true);
  const knee = rules.knee_min_deg === null ? null : judgeKnee(reading, rules, constants);
  return { thigh, knee, overall: worst([thigh, ...(knee ? [knee] : []), ...others]) };
}

/** Judge the flexion, the shank's angle to plumb, or the better of the two. */
function judgeKnee(reading, rules, constants) {
  let verdict = judge(interval(reading.knee, constants), rules.knee_min_deg, false);
  const hangs = interval(reading.shank, constants);
  if (rules.shank_max_deg !== null) {
    const shank = judge(hangs, rules.shank_max_deg, true);
    verdict = rules.knee_follows_thigh === "both" ? shank : best(verdict, shank);
  }
  // Gravity bends a knee no further than to a plumb shank.
  return verdict === "fail" && hangs[0] <= constants.plumb_within_deg ? "borderline" : verdict;
}

function best(a, b) {
  return SEVERITY.indexOf(b) < SEVERITY.indexOf(a) ? b : a;
}

/** @param {object} measurement @returns {object} The photo's own values, never corrected ones. */
export function original(measurement) {
  return measurement.automatic ?? measurement;
}

/** @returns {[number, number] | null} What the measurement allowed for the camera. */
function cameraOffset(own) {
  if (!own.thigh_deg || !own.knee_flexion_deg || !own.image_plane) return null;
  return [
    own.thigh_deg.value - own.image_plane.thigh_deg,
    own.knee_flexion_deg.value - own.image_plane.knee_flexion_deg,
  ];
}

/** Roll and its standard uncertainty: as given, or as the server reported its own. */
function levelOf(state, own, constants) {
  if (state.level !== null) return { roll: state.level, rollSigma: constants.given_sigma_deg };
  const [low, high] = own.level.interval;
  return { roll: own.level.roll_deg, rollSigma: (high - low) / 2 / constants.z95 };
}

/** @param {Point} now @param {{x_px: number, y_px: number} | undefined} before */
export function isMoved(now, before) {
  if (!before) return true;
  return Math.max(Math.abs(now.x - before.x_px), Math.abs(now.y - before.y_px)) > MOVED_PX;
}

/**
 * Read and judge what a person set; untouched points keep the photo's own values.
 * @param {State} state
 * @param {Data} data
 * @returns {{reading: Reading, intervals: Record<"thigh" | "knee" | "shank", [number, number]>,
 *            verdicts: {thigh: Verdict, knee: Verdict | null, overall: Verdict},
 *            adjusted: boolean, roll: number, final: boolean} | null} Null where it
 *   makes no leg. ``final``: everything that the rule-set asks for was judged, and the leg hangs free.
 */
export function score(state, data) {
  const { constants, rules, others } = data;
  const own = original(data.measurement);
  const level = levelOf(state, own, constants);
  const adjusted =
    state.level !== null || JOINTS.some((joint) => isMoved(state[joint], own.points?.[joint]));
  if (adjusted && degenerate(state, constants)) return null;
  const how = { head: state.head, ...level, offset: cameraOffset(own) };
  const reading = adjusted ? readPoints(state, how, constants) : ownReading(own, constants);
  if (impossible(reading, own.points || adjusted ? state : null, constants)) return null;
  const intervals = adjusted
    ? {
      thigh: interval(reading.thigh, constants),
      knee: interval(reading.knee, constants),
      shank: interval(reading.shank, constants),
    }
    : {
      thigh: own.thigh_deg.interval,
      knee: own.knee_flexion_deg.interval,
      shank: own.shank_from_plumb_deg.interval,
    };
  const verdicts = judgeReading(reading, rules, others, constants);
  const pulledBack = interval(reading.shank, constants)[1] < -constants.plumb_within_deg;
  const final = !data.open && !pulledBack;
  return { reading, intervals, verdicts, adjusted, roll: level.roll, final };
}

function ownReading(own, constants) {
  const angle = ({ value, interval: [low, high] }) => ({
    value,
    sigma: (high - low) / 2 / constants.z95,
  });
  return {
    thigh: angle(own.thigh_deg),
    knee: angle(own.knee_flexion_deg),
    shank: angle(own.shank_from_plumb_deg),
  };
}
