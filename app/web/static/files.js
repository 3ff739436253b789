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
/** Height of a line of text below a picture, as a share of its width. */
const CAPTION = 0.042;
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
      return await onePicture(Object.values(await drawn(main, true)), data.files.notes);
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

/**
 * One picture below the other, each over its line of text, and what the whole is not at the end.
 * @param {string[]} addresses
 * @param {string} notes  One line for each picture.
 * @returns {Promise<Blob>}
 */
async function onePicture(addresses, notes) {
  const images = await Promise.all(addresses.map(loaded));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(...images.map((one) => one.width));
  const line = Math.round(canvas.width * CAPTION);
  canvas.height = images.reduce((sum, one) => sum + one.height + line, line);
  const drawing = canvas.getContext("2d");
  drawing.fillStyle = "#ffffff";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.fillStyle = "#14242a";
  drawing.font = `${Math.round(line * 0.5)}px system-ui, sans-serif`;
  let top = 0;
  const write = (text) => drawing.fillText(text, line / 3, top - line / 3, canvas.width - line);
  images.forEach((image, at) => {
    drawing.drawImage(image, 0, top);
    top += image.height + line;
    write(notes.split("\n")[at] ?? "");
  });
  top += line;
  write(document.querySelector(".notice")?.textContent.trim() ?? "");
  return await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
}

/** @param {string} address @returns {Promise<HTMLImageElement>} */
async function loaded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}
