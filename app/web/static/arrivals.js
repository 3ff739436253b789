// Photos that arrive by drop, paste or camera, and which place each of them goes to.

import { noteOrigin } from "./camera/origin.js";
import { guideCameras } from "./camera/place.js";
import { framesOf, isClip, putFurther, whatTheyShow } from "./clip/setups.js";
import { isPicture, places, put, say, show } from "./slots.js";

/** @type {[string, RegExp][]} */
const VIEWS = [
  ["_retest", /retest|extend|straight/i],
  ["_above", /above|top|feet/i],
];

/** @returns {HTMLInputElement} the choice of several photos */
function several() {
  return /** @type {HTMLInputElement} */ (document.getElementById("several"));
}

/**
 * Guess a place from a file's name, such as "anna-left-above.jpg".
 * @param {File} file
 * @returns {string} name of a place; empty if the name says nothing
 */
function guess(file) {
  const side = /left/i.test(file.name) ? "left" : /right/i.test(file.name) ? "right" : "";
  const view = VIEWS.find(([, words]) => words.test(file.name))?.[0] ?? "";
  return side && side + view;
}

/**
 * Find the place for a photo: the one it was dropped on, the one its name says, the next free one.
 * @param {File} file
 * @param {HTMLInputElement | undefined} target
 */
function placeFor(file, target) {
  if (target && !target.files.length) return target;
  const named = (name) => places().find((one) => one.name === name && !one.files.length);
  const order = ["left", "right", "left_retest", "right_retest", "left_above", "right_above"];
  return [guess(file), ...order].map(named).find(Boolean);
}

/**
 * Take photos in, wherever they came from.
 * @param {File[]} files
 * @param {HTMLInputElement | undefined} target place on which they were dropped
 */
export async function arrive(files, target) {
  const clip = files.find(isClip);
  if (clip) {
    const { frames, leg } = await framesOf(clip, target);
    if (leg) settleTogether(leg, frames);
    else if (frames.length) arrive(frames, target);
    return;
  }
  const refused = files.find((file) => !isPicture(file));
  const pictures = files.filter(isPicture);
  if (refused) say("kind", { name: refused.name });
  if (pictures.length > 1) {
    const said = pictures.some(guess) ? "both" : await whatTheyShow(pictures, target);
    if (!said) return;
    if (said !== "both") {
      settleTogether(said, pictures);
      return;
    }
    if (!several().checked) choose("several");
    if (target?.name === "file") target = undefined;
  }
  if (!several().checked) {
    if (pictures[0]) settle(pictures[0], places().find((one) => one.name === "file"));
    return;
  }
  if (pictures.length === 1 && target) {
    settle(pictures[0], target);
    return;
  }
  for (const file of pictures) {
    const place = placeFor(file, target);
    if (place) settle(file, place);
    else say("full", { name: file.name });
  }
}

/**
 * @param {File} file
 * @param {HTMLInputElement} place
 */
function settle(file, place) {
  put(place, file);
  say("placed", { name: file.name, place: place.dataset.title });
}

/**
 * Put the photos of one set-up into a leg's places.
 * @param {string} leg
 * @param {File[]} files
 */
function settleTogether(leg, [first, ...further]) {
  const place = places().find((one) => one.name === leg);
  if (place.files.length) put(place, undefined);
  if (!several().checked) choose("several");
  putFurther(leg, further);
  settle(first, place);
}

/**
 * Switch between one photo and several, and take the photo along.
 * @param {"one" | "several"} mode
 */
function choose(mode) {
  const wanted = document.querySelector(`[name=photos][value=${mode}]`);
  /** @type {HTMLInputElement} */ (wanted).checked = true;
  takeAlong();
}

function takeAlong() {
  const [single, ...legs] = places();
  const filled = legs.filter((one) => one.files.length);
  if (several().checked && single.files.length) {
    const side = /** @type {HTMLInputElement} */ (document.querySelector("[name=leg]:checked")).value;
    const place = placeFor(single.files[0], places().find((one) => one.name === side));
    if (!place) return;
    put(place, single.files[0]);
    put(single, undefined);
  } else if (!several().checked && !single.files.length && filled.length === 1) {
    put(single, filled[0].files[0]);
    put(filled[0], undefined);
  }
}

/** Listen for everything that can bring a photo. */
export function listen() {
  for (const input of places()) {
    if (/_above/.test(input.name) === false) input.accept += ",video/*";
    input.multiple = /^(file|left|right)$/.test(input.name);
    input.addEventListener("change", () => {
      const files = [...input.files];
      if (files.length < 2 && !files.some(isClip)) {
        show(input);
        return;
      }
      put(input, undefined);
      arrive(files, input);
    });
  }
  for (const one of document.querySelectorAll("[name$=_more]")) {
    const more = /** @type {HTMLInputElement} */ (one);
    more.addEventListener("change", () => noteOrigin(more));
  }
  for (const one of document.querySelectorAll("input[capture]")) {
    const camera = /** @type {HTMLInputElement} */ (one);
    const place = /** @type {HTMLInputElement} */ (document.getElementById(camera.dataset.for));
    camera.removeAttribute("name"); // what it takes is put into its place
    camera.addEventListener("change", () => {
      if (camera.files.length) settle(camera.files[0], place);
      camera.value = "";
    });
  }
  guideCameras(settle);
  for (const mode of document.querySelectorAll("[name=photos]")) {
    mode.addEventListener("change", takeAlong);
  }
}

/** Listen to the whole page, whichever form it shows. */
function listenEverywhere() {
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || !formIsShown()) return; // text, on its way into a field
    event.preventDefault();
    arrive(files, undefined);
  });
  listenForDrops();
}

/** @returns {boolean} */
function formIsShown() {
  return document.getElementById("measure") !== null;
}

function listenForDrops() {
  const veil = () => document.getElementById("drop-veil"); // shown while photos are held above the page
  const brings = (event) => formIsShown() && event.dataTransfer?.types.includes("Files");
  const target = (event) => event.target.closest?.(".slot")?.querySelector("input[name]");
  window.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    veil().hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (formIsShown() && !event.relatedTarget) veil().hidden = true; // left the window
  });
  window.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    veil().hidden = true;
    arrive([...event.dataTransfer.files], target(event));
  });
}

listenEverywhere();
