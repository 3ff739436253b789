/**
 * The rows of a squad: what is known of each photo, and how much doubt there is.
 *
 * @typedef {"waiting" | "measuring" | "done" | "failed" | "stopped"} State
 * @typedef {{code: string, detail?: string}} Problem
 * @typedef {object} Row
 * @property {number} id
 * @property {File} file
 * @property {string} person  As typed.
 * @property {"left" | "right" | ""} leg  As answered; empty to read it from the photo.
 * @property {State} state
 * @property {number} waitS  Until it is tried again, seconds; 0 if it is not waiting for that.
 * @property {any} result  As the service answered; null before.
 * @property {Problem | null} problem
 */

/** Standard deviations of half an interval of 95 %. */
const Z95 = 1.959964;
/** The criteria whose angle and cut-off tell how close a verdict is. */
const ANGLES = /** @type {const} */ ({ thigh: "thigh_deg", knee: "knee_flexion_deg" });

/**
 * @param {any} result
 * @returns {number} Distance to the nearest cut-off in standard errors; infinite without one.
 */
export function closeness(result) {
  const distances = (result?.findings ?? []).map((/** @type {any} */ finding) => {
    const angle = result[ANGLES[/** @type {"thigh" | "knee"} */ (finding.criterion)]];
    if (!angle || finding.cutoff_deg === null) return Infinity;
    const sigma = (angle.interval[1] - angle.interval[0]) / 2 / Z95;
    return Math.abs(angle.value - finding.cutoff_deg) / Math.max(sigma, 1e-9);
  });
  return Math.min(Infinity, ...distances);
}

/**
 * @param {Row} row
 * @returns {[number, number]} Group and place in it: what is least certain first, then what fails.
 */
export function doubt({ state, result }) {
  if (state === "failed" || state === "stopped") return [0, 0];
  if (state !== "done") return [5, 0];
  if (!result.measurable) return [1, 0];
  if (result.verdict === "borderline" || result.status === "provisional") {
    return [2, closeness(result)];
  }
  return [result.verdict === "fail" ? 3 : 4, closeness(result)];
}

/** @param {Row[]} rows @returns {Row[]} Another list, doubt first; equals in the order they came. */
export function sorted(rows) {
  return [...rows].sort((one, other) => {
    const [a, b] = [doubt(one), doubt(other)];
    if (a[0] !== b[0]) return a[0] - b[0];
    return a[1] === b[1] ? one.id - other.id : a[1] - b[1];
  });
}

/** @param {Row} row @returns {boolean} Whether only the leg is missing: the photo does not say it. */
export function asksForLeg({ result }) {
  const blocking = (result?.flags ?? []).filter((/** @type {any} */ flag) => flag.blocking);
  return blocking.length > 0 && blocking.every((/** @type {any} */ flag) => flag.code === "side_uncertain");
}

/** @param {Row} row @returns {boolean} Whether it has no reading, or one that is too close to call. */
export function needsALook(row) {
  const [group] = doubt(row);
  return group < 2 || (group === 2 && row.result.verdict === "borderline");
}
