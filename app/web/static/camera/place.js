/**
 * The camera of a place: guided where the browser has one, else the phone's own by the file input.
 *
 * @typedef {import("./camera.js").Leg} Leg
 */
import { hasCamera, openCamera } from "./camera.js";
import { remember } from "./origin.js";

/** Places whose photo is taken from the side, which is what the outline shows. */
const FROM_THE_SIDE = /^(file|left|right)(_retest)?$/;

/**
 * @param {(file: File, place: HTMLInputElement) => void} settle  Puts a photo into its place.
 */
export function guideCameras(settle) {
  const dialog = document.getElementById("camera-view");
  if (!dialog || !hasCamera()) return;
  for (const camera of document.querySelectorAll("input[capture]")) {
    const input = /** @type {HTMLInputElement} */ (camera);
    const place = placeOf(input.dataset.for ?? "");
    if (!place || !FROM_THE_SIDE.test(place.name)) continue;
    let own = false; // the phone's own camera was asked for
    input.addEventListener("click", (event) => {
      if (own) return;
      event.preventDefault();
      const useOwn = () => {
        own = true;
        input.click();
        own = false;
      };
      dialog.addEventListener("owncamera", useOwn, { once: true });
      guide(place, settle).finally(() => dialog.removeEventListener("owncamera", useOwn));
    });
  }
}

/** @param {string} id @returns {HTMLInputElement | null} */
function placeOf(id) {
  return /** @type {HTMLInputElement | null} */ (document.getElementById(id));
}

/**
 * Take the photo of a place; after the left leg's, offer to take the right leg's.
 * @param {HTMLInputElement} place
 * @param {(file: File, place: HTMLInputElement) => void} settle
 */
async function guide(place, settle) {
  if (!(await take(place, settle))) return;
  const right = placeOf("right");
  if (place.name === "left" && right && !right.files?.length) await take(right, settle, "next");
}

/**
 * @param {HTMLInputElement} place
 * @param {(file: File, place: HTMLInputElement) => void} settle
 * @param {string} [title]
 * @returns {Promise<boolean>} Whether there is a photo.
 */
async function take(place, settle, title) {
  const shot = await openCamera({ leg: legOf(place), title });
  if (!shot) return false;
  remember(shot.file, { gravity: shot.gravity });
  settle(shot.file, place);
  return true;
}

/** @param {HTMLInputElement} place @returns {Leg} */
function legOf(place) {
  if (place.name.startsWith("left")) return "left";
  if (place.name.startsWith("right")) return "right";
  const told = document.getElementById("other-leg"); // of which the photo is asked for
  if (told && !told.hidden) return told.textContent === told.dataset.left ? "left" : "right";
  const chosen = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=leg]:checked"));
  return /** @type {Leg} */ (chosen?.value ?? "");
}
