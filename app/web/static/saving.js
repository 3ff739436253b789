/**
 * A correction as the service takes it.
 *
 * @typedef {import("./scoring.js").State} State
 * @typedef {import("./scoring.js").Data} Data
 */
import { JOINTS } from "./scoring.js";

/**
 * @param {State} state
 * @param {"left" | "right" | null} leg  What was said about the leg of a refused photo.
 * @param {Data} data
 * @returns {object} One of the ``changes`` of a result that is judged again.
 */
export function correctionOf(state, leg, { measurement }) {
  const points = Object.fromEntries(
    JOINTS.map((joint) => [joint, { x_px: state[joint].x, y_px: state[joint].y }]),
  );
  return {
    points,
    head_towards: state.head,
    observations: measurement.observations,
    ...(leg && { leg }),
    ...(state.level !== null && { level_deg: state.level }),
  };
}
