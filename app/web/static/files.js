/**
 * Files of a result, made in the browser: the report gets the photo with the reading drawn in, which
 * the page holds only once. Nothing is sent.
 */
import { annotated } from "./annotate.js";
import { dataOf, pictures } from "./rejudge.js";

const KINDS = {
  report: { ending: "html", type: "text/html" },
  json: { ending: "json", type: "application/json" },
  fhir: { ending: "fhir.json", type: "application/fhir+json" },
  picture: { ending: "jpg", type: "image/jpeg" },
};
/** How long the address of a saved file is kept, milliseconds: some browsers read it late. */
const KEEP_MS = 60_000;

/**
 * @param {HTMLElement} main
 * @param {keyof typeof KINDS} kind
 * @returns {Promise<string>} Name of the file that the browser saves.
 */
export async function saveFile(main, kind) {
  const file = await fileOf(main, kind);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
  return file.name;
}

/** @param {HTMLElement} main @returns {Promise<boolean>} Whether the browser can share files. */
export async function shareReport(main) {
  const file = await fileOf(main, "report");
  if (!navigator.canShare?.({ files: [file] })) return false;
  try {
    await navigator.share({ files: [file], title: document.title });
  } catch (error) {
    if (error.name !== "AbortError") return false; // closed by the person: nothing to say
  }
  return true;
}

/** @param {HTMLElement} main @returns {Promise<boolean>} */
export async function copyNotes(main) {
  const { notes } = dataOf(main).files;
  try {
    await navigator.clipboard.writeText(notes);
    return true;
  } catch {
    return copyTheOldWay(notes);
  }
}

/** Without https there is no clipboard object, but there is a command. */
function copyTheOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** @returns {Promise<File>} */
async function fileOf(main, kind) {
  const { ending, type } = KINDS[kind];
  const data = dataOf(main);
  return new File([await contentOf(main, data, kind)], `${data.files.stem}.${ending}`, { type });
}

/** @returns {Promise<string | Blob>} */
async function contentOf(main, data, kind) {
  switch (kind) {
    case "report":
      return withPictures(data.files.report, await drawn(main));
    case "json":
      return JSON.stringify(data.result, null, 2);
    case "fhir":
      return JSON.stringify(data.files.fhir);
    default:
      return await onePicture(Object.values(await drawn(main, true)));
  }
}

/**
 * @param {string} report  With "picture:left" and the like in the place of the pictures.
 * @param {Record<string, string>} held  Addresses of the pictures by name.
 * @returns {string}
 */
export function withPictures(report, held) {
  return report.replace(/"picture:(\w+)"/g, (_, name) => `"${held[name] ?? "data:,"}"`);
}

/** @returns {Promise<Record<string, string>>} Pictures by name, those of the legs drawn in. */
async function drawn(main, legsOnly = false) {
  const held = legsOnly ? {} : pictures(main);
  for (const photo of main.querySelectorAll(".photo")) {
    const name = photo.querySelector("img").dataset.picture;
    held[name] = (await annotated(photo)).toDataURL("image/jpeg", 0.88);
  }
  return held;
}

/** @param {string[]} addresses @returns {Promise<Blob>} One below the other. */
async function onePicture(addresses) {
  const images = await Promise.all(addresses.map(loaded));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(...images.map((one) => one.width));
  canvas.height = images.reduce((sum, one) => sum + one.height, 0);
  const drawing = canvas.getContext("2d");
  let top = 0;
  for (const image of images) {
    drawing.drawImage(image, 0, top);
    top += image.height;
  }
  return await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
}

/** @param {string} address @returns {Promise<HTMLImageElement>} */
async function loaded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}
