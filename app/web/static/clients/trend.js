/**
 * One angle of one leg over time: points with 95 % intervals, and the band within which a
 * difference from the first measurement is no change. The table under it has the same numbers.
 *
 * @typedef {import("./results.js").Angle} Angle
 * @typedef {import("./results.js").Difference} Difference
 * @typedef {{on: string, angle: Angle, change: Difference | null, same: boolean}} Step
 *   `change` against the first one; `same`: measured with the same model and calibration.
 */
import { negative, oneDecimal, signed } from "../words.js";
import { dayWords, words } from "./parts.js";
import { compare, sameModel } from "./results.js";

const NS = "http://www.w3.org/2000/svg";
const HEIGHT = 190;
const EDGE = { left: 44, right: 14, top: 12, bottom: 26 }; // pixels
const APART = 12; // pixels between two points of nearly the same time
const TICKS_DEG = [1, 2, 5, 10, 20, 50];

/**
 * @param {{on: string, measurement: import("./results.js").Measurement}[]} measured  By time.
 * @param {"thigh_deg" | "knee_flexion_deg"} name
 * @param {import("./results.js").Constants} constants
 * @returns {Step[]}
 */
export function steps(measured, name, constants) {
  const [first] = measured;
  return measured.map(({ on, measurement }, at) => ({
    on,
    angle: measurement[name],
    change: at ? compare(first.measurement[name], measurement[name], constants) : null,
    same: sameModel(first.measurement, measurement),
  }));
}

/**
 * @param {string} title  Of leg and angle.
 * @param {Step[]} all  Two or more.
 * @returns {HTMLElement} Chart and table.
 */
export function trend(title, all) {
  const box = document.createElement("figure");
  box.className = "trend";
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  box.append(caption, table(all));
  new ResizeObserver(() => {
    const width = Math.min(Math.max(Math.floor(box.clientWidth), 260), 640);
    if (Number(box.querySelector("svg")?.getAttribute("width")) === width) return;
    box.querySelector("svg")?.remove();
    caption.after(chart(title, all, width));
  }).observe(box);
  return box;
}

/** @param {string} title @param {Step[]} all @param {number} width  Pixels. */
function chart(title, all, width) {
  const { low, high, tick } = span(all);
  const y = (deg) => EDGE.top + ((high - deg) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const x = places(all, width);
  const svg = draw("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  const [first, last] = [all[0].on, all[all.length - 1].on].map(dayWords);
  svg.setAttribute("aria-label", words("chart", { angle: title, n: all.length, first, last }));
  for (let deg = Math.ceil(low / tick) * tick; deg <= high; deg += tick) {
    svg.append(draw("path", { class: "grid", d: `M${EDGE.left} ${y(deg)}H${width - EDGE.right}` }));
    svg.append(label(negative(deg).replace(/[.,]0/, ""), EDGE.left - 6, y(deg) + 4, "end"));
  }
  svg.append(draw("path", { class: "band", d: band(all, x, y, width) }));
  svg.append(draw("path", { class: "first", d: `M${EDGE.left} ${y(all[0].angle.value)}H${width - EDGE.right}` }));
  all.forEach((one, at) => svg.append(...point(one, x[at], y)));
  svg.append(label(first, EDGE.left, HEIGHT - 6, "start"), label(last, width - EDGE.right, HEIGHT - 6, "end"));
  return svg;
}

/** @returns {Element[]} One measurement with its interval; filled if it is a real change. */
function point({ angle, change }, x, y) {
  const [low, high] = angle.interval.map(y);
  const kind = change?.detectable ? "dot real" : "dot";
  return [
    draw("path", { class: "whisker", d: `M${x} ${low}V${high}M${x - 4} ${low}h8M${x - 4} ${high}h8` }),
    draw("circle", { class: kind, cx: x, cy: y(angle.value), r: 5 }),
  ];
}

/** The band, as wide at each point as the smallest real change between it and the first. */
function band(all, x, y, width) {
  const first = all[0].angle.value;
  const halves = all.map(({ change }) => change?.detectable_deg ?? all[1].change.detectable_deg);
  const ends = [[EDGE.left, halves[0]], ...halves.map((half, at) => [x[at], half]),
    [width - EDGE.right, halves[halves.length - 1]]];
  const above = ends.map(([at, half]) => `${at} ${y(first + half)}`);
  const below = ends.map(([at, half]) => `${at} ${y(first - half)}`).reverse();
  return `M${[...above, ...below].join("L")}Z`;
}

/** @param {Step[]} all @returns {{low: number, high: number, tick: number}} Degrees. */
function span(all) {
  const first = all[0].angle.value;
  const ends = all.flatMap(({ angle, change }) => {
    const half = change?.detectable_deg ?? 0;
    return [...angle.interval, first - half, first + half];
  });
  const [low, high] = [Math.min(...ends) - 1, Math.max(...ends) + 1];
  const tick = TICKS_DEG.find((one) => (high - low) / one <= 6) ?? 100;
  return { low, high, tick };
}

/** @param {Step[]} all @param {number} width @returns {number[]} Pixels, by time, apart from each other. */
function places(all, width) {
  const [from, to] = [EDGE.left + 18, width - EDGE.right - 18];
  const days = all.map(({ on }) => Date.parse(on));
  const whole = days[days.length - 1] - days[0];
  const own = days.map((day, at) => (whole ? (day - days[0]) / whole : at / (all.length - 1)) * (to - from) + from);
  const apart = Math.min(APART, (to - from) / (all.length - 1));
  for (let at = 1; at < own.length; at++) own[at] = Math.max(own[at], own[at - 1] + apart);
  const over = Math.max(0, own[own.length - 1] - to);
  for (let at = own.length - 1; over && at >= 0; at--) {
    own[at] = Math.min(own[at], to - apart * (own.length - 1 - at));
  }
  return own;
}

/** @param {Step[]} all */
function table(all) {
  const found = document.createElement("table");
  const names = ["day", "angle", "interval", "change", "error"].map((one) => words(one));
  found.createTHead().append(cells("th", names));
  const body = found.createTBody();
  for (const { on, angle, change, same } of all) {
    const [low, high] = angle.interval.map(negative);
    const kind = change && words(change.detectable ? "real" : "within");
    const line = cells("td", [
      negative(angle.value), `${low} … ${high}`,
      change ? words("judged", { name: signed(change.difference_deg), parts: kind }) : "–",
      change ? `${oneDecimal(change.detectable_deg)}°` : "–",
    ]);
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = dayWords(on);
    if (!same) {
      const note = document.createElement("span");
      note.textContent = ` (${words("other_model")})`;
      head.append(note);
    }
    line.prepend(head);
    body.append(line);
  }
  return found;
}

/** @param {"td" | "th"} kind @param {string[]} all */
function cells(kind, all) {
  const row = document.createElement("tr");
  for (const text of all) {
    const cell = document.createElement(kind);
    cell.textContent = text;
    if (kind === "th") cell.setAttribute("scope", "col");
    row.append(cell);
  }
  return row;
}

function label(text, x, y, anchor) {
  const found = draw("text", { x, y, "text-anchor": anchor });
  found.textContent = text;
  return found;
}

/** @param {string} name @param {Record<string, string | number>} values @returns {Element} */
function draw(name, values) {
  const found = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(values)) found.setAttribute(key, String(value));
  return found;
}
