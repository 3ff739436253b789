/**
 * Make a photo smaller before it is sent: the angles are read from a smaller picture anyway, and a
 * phone's photo takes almost a minute over a slow connection. What the file says about the camera
 * (lens, tilt) goes along; a picture that cannot be made smaller without losing that stays as it is.
 */
import { cameraData, namesCamera, withCameraData } from "./exif.js";

/** Longest side of what is sent, pixels. */
export const LONGEST_PX = 2000;
const QUALITY = 0.9;
/** A file below this is sent as it is, bytes. */
const SMALL = 600_000;

/**
 * @param {File} file
 * @param {{longestPx?: number}} how
 * @returns {Promise<Blob>} A JPEG, or the file itself.
 */
export async function shrink(file, { longestPx = LONGEST_PX } = {}) {
  if (file.size <= SMALL || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const camera = carriedOver(await file.arrayBuffer(), file.type);
    if (camera === null) return file;
    const bitmap = await createImageBitmap(file);
    const scale = longestPx / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) {
      bitmap.close();
      return file;
    }
    const jpeg = await encoded(bitmap, scale);
    const small = camera.length ? withCameraData(await jpeg.arrayBuffer(), camera) : jpeg;
    return small.size < file.size ? small : file;
  } catch {
    return file; // the service says what is wrong with it
  }
}

/**
 * @param {ArrayBuffer} data
 * @param {string} type
 * @returns {Uint8Array[] | null} The camera's data; null if the picture is mirrored, or its data
 *   cannot be carried over.
 */
function carriedOver(data, type) {
  if (type === "image/jpeg") return cameraData(data);
  return namesCamera(data) ? null : [];
}

/**
 * @param {ImageBitmap} bitmap  Closed afterwards.
 * @param {number} scale
 * @returns {Promise<Blob>}
 */
async function encoded(bitmap, scale) {
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const drawing = canvas.getContext("2d");
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
  });
}
