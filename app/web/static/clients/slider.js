/**
 * Before and after: two photos laid on each other, and a slider that wipes from one to the other.
 *
 * @typedef {import("./results.js").Measurement} Measurement
 * @typedef {{on: string, measurement: Measurement, picture: import("./list.js").Picture}} Shot
 */
import { moved, placed } from "./align.js";
import { changeWords, constants, dayWords, words } from "./parts.js";
import { compare } from "./results.js";

const LEG_SHARE = 0.62; // of the canvas' width, for thigh and shank together
const HIP = { along: 0.4, down: 0.45 }; // of width and height, with the head on the left

/**
 * @param {HTMLElement} figure  The macro before_after of clients_parts.html.
 * @param {Shot} first
 * @param {Shot} last
 * @param {string} leg  In words.
 */
export async function showBeforeAfter(figure, first, last, leg) {
  const canvas = figure.querySelector("canvas");
  const range = figure.querySelector("input");
  const frame = frameOf(canvas, last.measurement);
  const layers = await Promise.all([first, last].map((shot) => layerOf(shot, frame)));
  const change = changeOf(first.measurement, last.measurement);
  figure.querySelector("[data-change]").textContent = change;
  const days = { first: dayWords(first.on), last: dayWords(last.on) };
  canvas.setAttribute("aria-label", words("picture", { leg, ...days, change }));
  const mirrored = first.measurement.head_towards !== last.measurement.head_towards;
  /** @type {HTMLElement} */ (figure.querySelector("[data-mirrored]")).hidden = !mirrored;
  const show = () => {
    range.setAttribute("aria-valuetext", words("wipe", { percent: range.value }));
    paint(canvas, layers, Number(range.value) / 100);
  };
  range.oninput = show;
  show();
  figure.hidden = false;
}

/** @param {Measurement} first @param {Measurement} last @returns {string} The change in a sentence. */
export function changeOf(first, last) {
  const known = constants();
  return changeWords(
    compare(first.thigh_deg, last.thigh_deg, known),
    compare(first.knee_flexion_deg, last.knee_flexion_deg, known),
  );
}

/** @param {HTMLCanvasElement} canvas @param {Measurement} last @returns {import("./align.js").Frame} */
function frameOf({ width, height }, { head_towards: head }) {
  const along = head === "right" ? 1 - HIP.along : HIP.along;
  const hip = { x: along * width, y: HIP.down * height };
  return { hip, leg_px: LEG_SHARE * width, head: head ?? "left" };
}

/** @param {Shot} shot @param {import("./align.js").Frame} frame */
async function layerOf({ measurement, picture }, frame) {
  const image = new Image();
  image.src = picture.jpeg;
  await image.decode();
  const matrix = placed(measurement, frame);
  const { hip, knee, ankle } = measurement.points;
  return { image, matrix, scale: picture.scale, chain: [hip, knee, ankle].map((one) => moved(matrix, one)) };
}

/** @param {HTMLCanvasElement} canvas @param {any[]} layers  Before, after. @param {number} share  Of the earlier. */
function paint(canvas, [before, after], share) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const edge = share * width;
  context.clearRect(0, 0, width, height);
  for (const [layer, from, to] of [[before, 0, edge], [after, edge, width]]) {
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height);
    context.clip();
    const { a, b, c, d, e, f } = layer.matrix;
    context.transform(a, b, c, d, e, f);
    context.scale(1 / layer.scale, 1 / layer.scale);
    context.drawImage(layer.image, 0, 0);
    context.restore();
  }
  const [hip] = after.chain;
  line(context, [{ x: 0, y: hip.y }, { x: width, y: hip.y }], "#ffffff", [10, 7], 2);
  line(context, before.chain, "#ffffff", [9, 6], 4);
  line(context, after.chain, "#ffc43d", [], 4);
  line(context, [{ x: edge, y: 0 }, { x: edge, y: height }], "#ffffff", [], 3);
}

/** A line with a dark rim, seen on every ground. */
function line(context, [start, ...rest], colour, dash, width) {
  for (const [stroke, extra] of [["#101820", 3], [colour, 0]]) {
    context.beginPath();
    context.moveTo(start.x, start.y);
    for (const point of rest) context.lineTo(point.x, point.y);
    context.setLineDash(dash);
    context.lineWidth = width + extra;
    context.lineJoin = "round";
    context.lineCap = dash.length ? "butt" : "round";
    context.strokeStyle = stroke;
    context.stroke();
  }
}
