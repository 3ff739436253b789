/**
 * The camera's own data in a JPEG file, carried over to a smaller copy. The copy is upright, so its
 * orientation is set to "as it is". Formats: JPEG (ITU-T T.81, markers), EXIF 2.32 (TIFF 6.0 IFDs).
 */

const SOI = 0xffd8;
const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
const ORIENTATION = 0x0112;
const MIRRORED = [2, 4, 5, 7];
const EXIF_HEAD = "Exif\0\0";
/** How EXIF and XMP begin in PNG (chunks) and WebP (RIFF). */
const OTHER_FORMATS = ["eXIf", "EXIF", "XMP", "Raw profile"];

/**
 * @param {ArrayBuffer} file
 * @returns {Uint8Array[] | null} The APP1 segments (EXIF and XMP), with the orientation of an
 *   upright picture; null if the picture is mirrored, or the file cannot be understood.
 */
export function cameraData(file) {
  const view = new DataView(file);
  if (view.byteLength < 4 || view.getUint16(0) !== SOI) return null;
  const segments = [];
  let at = 2;
  while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === START_OF_SCAN) return segments;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > view.byteLength) return null;
    if (marker === APP1) {
      const segment = new Uint8Array(file.slice(at, end));
      if (isExif(segment) && !setUpright(segment)) return null;
      segments.push(segment);
    }
    at = end;
  }
  return null;
}

/**
 * @param {ArrayBuffer} file  A PNG or WebP picture.
 * @returns {boolean} Whether it seems to hold a camera's data, which cannot be carried over.
 */
export function namesCamera(file) {
  const text = new TextDecoder("latin1").decode(file);
  return OTHER_FORMATS.some((one) => text.includes(one));
}

/**
 * @param {ArrayBuffer} jpeg
 * @param {Uint8Array[]} segments
 * @returns {Blob} The picture with the segments after its first marker.
 */
export function withCameraData(jpeg, segments) {
  const parts = [jpeg.slice(0, 2), ...segments.map((one) => one.slice()), jpeg.slice(2)];
  return new Blob(parts, { type: "image/jpeg" });
}

/** @param {Uint8Array} segment */
function isExif(segment) {
  return String.fromCharCode(...segment.subarray(4, 10)) === EXIF_HEAD;
}

/**
 * Say that the picture is upright.
 * @param {Uint8Array} segment  Changed in place.
 * @returns {boolean} Whether the picture is not mirrored.
 */
function setUpright(segment) {
  const view = new DataView(segment.buffer, 10);
  const little = view.getUint16(0) === 0x4949;
  const first = view.getUint32(4, little);
  const count = view.getUint16(first, little);
  for (let index = 0; index < count; index += 1) {
    const entry = first + 2 + 12 * index;
    if (view.getUint16(entry, little) === ORIENTATION) {
      if (MIRRORED.includes(view.getUint16(entry + 8, little))) return false;
      view.setUint16(entry + 8, 1, little);
    }
  }
  return true;
}
