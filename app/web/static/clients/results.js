/**
 * What a stored result says: its legs, their angles, and whether two of them differ. Degrees.
 *
 * @typedef {"left" | "right"} Side
 * @typedef {{value: number, interval: [number, number]}} Angle
 * @typedef {{x_px: number, y_px: number}} Point
 * @typedef {{
 *   schema_version: string, measurable: boolean, tested_leg: {side: Side} | null,
 *   head_towards: Side | null, thigh_deg: Angle | null, knee_flexion_deg: Angle | null,
 *   level: {roll_deg: number} | null,
 *   points: {hip: Point, knee: Point, ankle: Point} | null,
 *   provenance: {measured_at?: string | null, width_px: number | null, model_sha256: string | null, calibration: string},
 * }} Measurement  As POST /v1/measure answers.
 * @typedef {{side: Side, measurement: Measurement}} LegResult
 * @typedef {{left: LegResult | null, right: LegResult | null}} Examination  As POST /v1/examinations answers.
 * @typedef {Measurement | Examination} Result
 * @typedef {{z95: number, setup_sigma_deg: number}} Constants  Of vision/comparison.py, sent with the page.
 * @typedef {{difference_deg: number, detectable_deg: number, detectable: boolean}} Difference
 */
export const SIDES = /** @type {const} */ (["left", "right"]);
export const ANGLES = /** @type {const} */ (["thigh_deg", "knee_flexion_deg"]);

/** @param {Result} result @returns {LegResult[]} Legs with numbers, left first. */
export function legsOf(result) {
  return SIDES.flatMap((side) => {
    const measurement = "measurable" in result ? ofLeg(result, side) : result[side]?.measurement;
    return measurement?.thigh_deg && measurement.knee_flexion_deg ? [{ side, measurement }] : [];
  });
}

/** @param {Result} result @returns {string | null} When it was measured, if the result says so. */
export function measuredAt(result) {
  return legsOf(result)[0]?.measurement.provenance.measured_at ?? null;
}

/**
 * Second minus first, as `compare` of vision/comparison.py.
 * @param {Angle} first
 * @param {Angle} second
 * @param {Constants} constants
 * @returns {Difference}
 */
export function compare(first, second, { z95, setup_sigma_deg: setup }) {
  const sigma = ({ interval: [low, high] }) => (high - low) / 2 / z95;
  const detectable = z95 * Math.hypot(sigma(first), sigma(second), Math.SQRT2 * setup);
  const difference = second.value - first.value;
  return {
    difference_deg: difference,
    detectable_deg: detectable,
    detectable: Math.abs(difference) >= detectable,
  };
}

/** @param {Measurement} one @param {Measurement} other @returns {boolean} */
export function sameModel({ provenance: one }, { provenance: other }) {
  return one.model_sha256 === other.model_sha256 && one.calibration === other.calibration;
}

/** @param {Measurement} result @param {Side} side */
function ofLeg(result, side) {
  return result.tested_leg?.side === side ? result : null;
}
