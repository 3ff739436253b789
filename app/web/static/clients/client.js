/**
 * One client: the results, their trend, and two photos side by side.
 *
 * @typedef {import("./list.js").Kept} Kept
 * @typedef {import("./results.js").Side} Side
 * @typedef {import("./results.js").Measurement} Measurement
 */
import { fillSelect } from "./dialog.js";
import { picturesOf } from "./list.js";
import { anglesWords, constants, dayWords, words } from "./parts.js";
import { ANGLES, SIDES, legsOf } from "./results.js";
import { showBeforeAfter } from "./slider.js";
import { steps, trend } from "./trend.js";

const ANGLE_WORDS = { thigh_deg: "thigh", knee_flexion_deg: "knee" };

/**
 * @param {HTMLElement} section
 * @param {import("./list.js").Client} client
 * @param {Kept[]} results  By time.
 * @param {(kept: Kept, day: string) => void} remove
 */
export function showClient(section, client, results, remove) {
  section.querySelector("#client-name").textContent = client.name;
  hide(section, "[data-no-results]", results.length > 0);
  const items = [...results].reverse().map((kept) => item(kept, remove));
  section.querySelector("[data-results]").replaceChildren(...items);
  const charts = SIDES.flatMap((side) => trendsOf(side, results));
  section.querySelector("[data-trends]").replaceChildren(...charts);
  hide(section, "[data-trend-help]", charts.length === 0);
  offerComparison(section, results);
}

/** @param {Kept} kept @param {(kept: Kept, day: string) => void} remove */
function item(kept, remove) {
  const found = document.createElement("li");
  const day = dayWords(kept.on);
  const title = document.createElement("strong");
  title.textContent = day;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "danger";
  button.textContent = words("delete");
  button.setAttribute("aria-label", words("delete_result", { day }));
  button.addEventListener("click", () => remove(kept, day));
  found.append(title, button);
  for (const { side, measurement } of legsOf(kept.result)) {
    const text = document.createElement("p");
    const photo = kept.pictured.includes(side) ? ` · ${words("with_photo")}` : "";
    text.textContent = words("of_leg", { leg: words(side), answer: `${anglesWords(measurement)}${photo}` });
    found.append(text);
  }
  return found;
}

/** @param {Side} side @param {Kept[]} results @returns {HTMLElement[]} */
function trendsOf(side, results) {
  const measured = measurementsOf(side, results);
  if (measured.length < 2) return [];
  return ANGLES.map((name) => {
    const title = `${words(side)}, ${words(ANGLE_WORDS[name])}`;
    return trend(title, steps(measured, name, constants()));
  });
}

/** @param {Side} side @param {Kept[]} results @returns {{on: string, kept: Kept, measurement: Measurement}[]} */
function measurementsOf(side, results) {
  return results.flatMap((kept) => {
    const leg = legsOf(kept.result).find((one) => one.side === side);
    return leg ? [{ on: kept.on, kept, measurement: leg.measurement }] : [];
  });
}

/** @param {HTMLElement} section @param {Kept[]} results */
function offerComparison(section, results) {
  const box = /** @type {HTMLElement} */ (section.querySelector("[data-compare]"));
  const [leg, first, last] = /** @type {HTMLSelectElement[]} */ ([...box.querySelectorAll("select")]);
  const pictured = (side) => measurementsOf(side, results).filter(({ kept }) => kept.pictured.includes(side));
  const sides = SIDES.filter((side) => pictured(side).length > 1);
  box.hidden = sides.length === 0;
  if (box.hidden) return;
  fillSelect(leg, sides.map((side) => [side, words(side)]));
  const show = async () => {
    const side = /** @type {Side} */ (leg.value);
    const [from, to] = [first, last].map(({ value }) => pictured(side)[Number(value)]);
    const shots = await Promise.all([from, to].map(async ({ on, kept, measurement }) => {
      return { on, measurement, picture: (await picturesOf(kept.id))[side] };
    }));
    await showBeforeAfter(box.querySelector("[data-before-after]"), shots[0], shots[1], words(side));
  };
  leg.onchange = () => {
    const all = pictured(leg.value);
    for (const select of [first, last]) fillSelect(select, all.map(({ on }, at) => [String(at), dayWords(on)]));
    last.value = String(all.length - 1);
    show();
  };
  first.onchange = last.onchange = show;
  leg.onchange(new Event("change"));
}

/** @param {HTMLElement} section @param {string} selector @param {boolean} hidden */
function hide(section, selector, hidden) {
  /** @type {HTMLElement} */ (section.querySelector(selector)).hidden = hidden;
}
