// What is in each place for a photo: shown, moved, taken out. The inputs hold the files.

import { noteOrigin } from "./camera/origin.js";
import { copyOf, find } from "./dom.js";

/** Width of a preview, pixels. */
const PREVIEW_PX = 720;

/** @returns {HTMLInputElement[]} the inputs of all places, in the order in which they are filled */
export function places() {
  const found = document.querySelectorAll(".slot input[type=file][name]:not([capture])");
  return /** @type {HTMLInputElement[]} */ ([...found]);
}

/**
 * Put a file into a place, or empty it.
 * @param {HTMLInputElement} input
 * @param {File | undefined} file
 */
export function put(input, file) {
  const one = new DataTransfer();
  if (file) one.items.add(file);
  input.files = one.files;
  show(input);
}

/**
 * Say something in the live region.
 * @param {string} key name of the sentence, a data attribute of the region
 * @param {Record<string, string>} values what stands in its braces
 */
export function say(key, values = {}) {
  const status = document.getElementById("status");
  status.textContent = words(key, values);
}

/**
 * @param {string} key
 * @param {Record<string, string>} values
 * @returns {string}
 */
export function words(key, values = {}) {
  const text = document.getElementById("status").dataset[key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * Whether a file may be a picture; browsers give HEIC no type.
 * @param {File} file
 */
export function isPicture(file) {
  return !file.type || file.type.startsWith("image/");
}

/**
 * What is wrong with a file before it is sent; empty if nothing is.
 * @param {File} file
 */
function complaint(file) {
  const most = Number(document.getElementById("status").dataset.maxBytes);
  if (!isPicture(file)) return words("kind", { name: file.name });
  if (file.size <= most) return "";
  const decimals = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const mb = (bytes) => (bytes / 1e6).toLocaleString(document.documentElement.lang, decimals);
  return words("large", { size: mb(file.size), most: mb(most) });
}

/**
 * Show what is in a place.
 * @param {HTMLInputElement} input
 */
export function show(input) {
  noteOrigin(input);
  const slot = input.closest(".slot");
  for (const part of slot.querySelectorAll(".held, .held-tools")) part.remove();
  slot.classList.remove("wrong");
  input.removeAttribute("aria-invalid");
  const file = input.files[0];
  slot.classList.toggle("filled", Boolean(file));
  document.getElementById("status").textContent = ""; // "Choose a photo first." no longer holds
  if (file) hold(input, file, slot);
  input.form.dispatchEvent(new Event("photos"));
}

/** Show a file in its place, and what is wrong with it. */
function hold(input, file, slot) {
  const held = copyOf("held-template");
  find(held, ".held-name span").textContent = file.name;
  find(held, ".remove span").textContent = ` ${input.dataset.title}`;
  const problem = complaint(file);
  find(held, ".held-problem").textContent = problem;
  find(held, ".held-problem").hidden = !problem;
  slot.classList.toggle("wrong", Boolean(problem));
  if (problem) input.setAttribute("aria-invalid", "true");
  const move = /** @type {HTMLSelectElement} */ (find(held, "select"));
  if (input.name !== "file") move.value = input.name;
  move.addEventListener("change", () => moveTo(input, move.value));
  find(held, ".remove").addEventListener("click", () => takeOut(input));
  preview(input, file, /** @type {HTMLImageElement} */ (find(held, ".thumb")));
  const zone = find(slot, ".zone");
  zone.after(find(held, ".held-tools"));
  zone.prepend(find(held, ".held"));
}

/**
 * Swap what is in two places.
 * @param {HTMLInputElement} from
 * @param {string} name of the other place
 */
function moveTo(from, name) {
  const to = places().find((one) => one.name === name);
  const [file, other] = [from.files[0], to.files[0]];
  put(to, file);
  put(from, other);
  to.closest(".slot").querySelector("select").focus();
  say("placed", { name: file.name, place: to.dataset.title });
}

/** @param {HTMLInputElement} input */
function takeOut(input) {
  put(input, undefined);
  input.focus();
  say("removed", { place: input.dataset.title });
}

/**
 * Draw a small copy; of a picture that the browser cannot show (HEIC) it says so.
 * @param {HTMLInputElement} input
 * @param {File} file
 * @param {HTMLImageElement} image
 */
async function preview(input, file, image) {
  try {
    const small = await createImageBitmap(file, { resizeWidth: PREVIEW_PX, resizeQuality: "medium" });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [small.width, small.height];
    canvas.getContext("2d").drawImage(small, 0, 0);
    small.close();
    image.src = canvas.toDataURL("image/jpeg", 0.8);
    image.alt = words("preview", { place: input.dataset.title });
    image.hidden = false;
  } catch {
    find(image.parentElement, ".held-unseen").hidden = !isPicture(file);
    image.remove();
  }
}
