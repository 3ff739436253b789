/**
 * What is known of how a photo was taken: gravity at the moment of the shot, or its clip.
 *
 * It belongs to the file, wherever the file is moved, and is written into hidden fields beside the
 * place that holds it. Another file in that place has no part in it.
 *
 * @typedef {import("./sensor.js").Vector} Vector
 * @typedef {{gravity?: Vector | null, clip?: string}} Origin
 */

/** @type {Map<string, Origin>} */
const known = new Map();

/** Files are copied when they change places, so their names and times identify them. */
const key = (/** @type {File} */ file) => `${file.name}/${file.size}/${file.lastModified}`;

/** @param {File} file @param {Origin} origin */
export function remember(file, origin) {
  known.set(key(file), origin);
}

/** @param {File | undefined} file @returns {Origin} */
export function originOf(file) {
  return (file && known.get(key(file))) ?? {};
}

/**
 * Write the hidden fields of a place: its own gravity, and whether the leg's photos are one clip's.
 * @param {HTMLInputElement} input  Whose file has changed.
 */
export function noteOrigin(input) {
  const field = (/** @type {string} */ name) =>
    /** @type {HTMLInputElement | null} */ (input.form?.elements.namedItem(name) ?? null);
  const gravity = field(input.name === "file" ? "gravity" : `${input.name}_gravity`);
  if (gravity) gravity.value = originOf(input.files?.[0]).gravity?.join(",") ?? "";
  const leg = input.name.replace("_more", "");
  const fromClip = field(`${leg}_from_clip`);
  if (!fromClip) return;
  const files = [field(leg), field(`${leg}_more`)].flatMap((one) => [...(one?.files ?? [])]);
  fromClip.value = files.some((one) => originOf(one).clip) ? "yes" : "";
}
