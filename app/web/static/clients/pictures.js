/**
 * The result that a page shows, and the pictures of its legs.
 *
 * @typedef {import("./results.js").Result} Result
 */
import { legsOf } from "./results.js";

const LONGEST = 1280; // pixels: enough to compare, small enough to keep hundreds
const QUALITY = 0.85;

/** @returns {Result} Read when it is needed: a correction replaces it. */
export function shownResult() {
  return JSON.parse(document.getElementById("result-data").textContent).result;
}

/**
 * Copies of the page's pictures, on which the service has hidden the faces.
 * @param {Result} result
 * @returns {Promise<import("./list.js").Pictures>}
 */
export async function shownPictures(result) {
  /** @type {import("./list.js").Pictures} */
  const found = {};
  for (const { side, measurement } of legsOf(result)) {
    const key = "measurable" in result ? "photo" : side;
    const image = /** @type {HTMLImageElement} */ (document.querySelector(`#main .photo [data-picture="${key}"]`));
    const width = measurement.provenance.width_px;
    if (!image || !width || !measurement.points) continue;
    await image.decode();
    const shrink = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(shrink * image.naturalWidth);
    canvas.height = Math.round(shrink * image.naturalHeight);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    found[side] = { jpeg: canvas.toDataURL("image/jpeg", QUALITY), scale: canvas.width / width };
  }
  return found;
}
