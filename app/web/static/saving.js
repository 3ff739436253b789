/**
 * Saving: the server reads and judges the points, and answers with its page. The photo is not
 * sent again and stays where it is; the server keeps nothing.
 *
 * @typedef {import("./scoring.js").State} State
 * @typedef {import("./scoring.js").Data} Data
 */
import { JOINTS } from "./scoring.js";

/**
 * @param {State} state
 * @param {"left" | "right" | null} leg
 * @param {Data} data
 * @returns {Promise<string | null>} What went wrong.
 */
export async function saveCorrection(state, leg, data) {
  try {
    const answer = await fetch("adjusted", {
      method: "POST",
      // A page also for a problem, in the reader's language.
      headers: { Accept: "text/html", "Content-Type": "application/json" },
      body: JSON.stringify(request(state, leg, data)),
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) {
      const said = [...page.querySelectorAll("[data-problem]")].map((one) => one.textContent);
      return said.join(" ") || data.texts.no_answer;
    }
    takeOver(page);
    return null;
  } catch {
    return data.texts.no_answer;
  }
}

/** @returns {object} As POST /v1/score takes it. */
export function request(state, leg, { measurement }) {
  const points = Object.fromEntries(
    JOINTS.map((joint) => [joint, { x_px: state[joint].x, y_px: state[joint].y }]),
  );
  return {
    measurement,
    points,
    head_towards: state.head,
    criteria: measurement.criteria.id,
    observations: measurement.observations,
    ...(leg && { leg }),
    ...(state.level !== null && { level_deg: state.level }),
  };
}

/** Put the parts of the answered page in the place of those of this one. */
function takeOver(answered) {
  for (const part of answered.querySelectorAll("[data-part]")) {
    document.querySelector(`[data-part="${part.dataset.part}"]`)?.replaceWith(part);
  }
  document.title = answered.title;
}
