/**
 * Several photos at once: of one set-up, whose mean has a smaller error, or of both legs.
 *
 * @typedef {"left" | "right" | "both" | ""} Answer  Empty if the question was closed.
 */
import { noteOrigin, remember } from "../camera/origin.js";
import { openClip } from "./clip.js";
import { isClip } from "./frames.js";

export { isClip };

const SIDES = ["left", "right"];

/** @returns {HTMLDialogElement} */
function question() {
  return /** @type {HTMLDialogElement} */ (document.getElementById("setup-ask"));
}

/** @returns {number} Largest number of photos of one set-up. */
export function mostTogether() {
  return Number(question().dataset.most);
}

/** @param {HTMLInputElement | undefined} place @returns {string} The leg that is known, or "". */
function knownLeg(place) {
  if (place && SIDES.includes(place.name)) return place.name;
  const several = /** @type {HTMLInputElement} */ (document.getElementById("several"));
  const chosen = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=leg]:checked"));
  return several.checked ? "" : chosen?.value ?? "";
}

/**
 * Ask what several photos show.
 * @param {HTMLInputElement | undefined} place  Where they were put.
 * @param {"photos" | "clip"} asked
 * @returns {Promise<Answer>}
 */
function ask(place, asked) {
  const dialog = question();
  const leg = knownLeg(place);
  for (const button of dialog.querySelectorAll("button")) {
    const isOther = Boolean(leg) && SIDES.includes(button.value) && button.value !== leg;
    button.hidden = isOther || (button.value === "both" && asked === "clip");
  }
  for (const part of dialog.querySelectorAll("[data-asked]")) {
    part.toggleAttribute("hidden", part.getAttribute("data-asked") !== asked);
  }
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(/** @type {Answer} */ (dialog.returnValue)), { once: true });
  });
}

/**
 * What several pictures show, where their names do not say it.
 * @param {File[]} pictures
 * @param {HTMLInputElement | undefined} place
 * @returns {Promise<Answer>}
 */
export async function whatTheyShow(pictures, place) {
  return pictures.length > mostTogether() ? "both" : ask(place, "photos");
}

/**
 * Choose frames of a clip.
 * @param {File} clip
 * @param {HTMLInputElement | undefined} place  Where it was put.
 * @returns {Promise<{frames: File[], leg: string}>} Leg: whose set-up they are, if there are several.
 */
export async function framesOf(clip, place) {
  const isSecond = place !== undefined && ![...SIDES, "file"].includes(place.name);
  const frames = (await openClip({ file: clip, most: isSecond ? 1 : mostTogether() })) ?? [];
  for (const frame of frames) remember(frame, { clip: clip.name });
  if (frames.length < 2) return { frames, leg: "" };
  const leg = knownLeg(place) || (await ask(place, "clip"));
  return { frames: leg ? frames : [], leg };
}

/**
 * Put the photos after the first into the leg's own field for them.
 * @param {string} leg
 * @param {File[]} files
 */
export function putFurther(leg, files) {
  const input = /** @type {HTMLInputElement | null} */ (document.querySelector(`[name=${leg}_more]`));
  if (!input) return;
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  input.files = all.files;
  noteOrigin(input);
}
