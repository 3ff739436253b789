/**
 * Angles in words, as app/reports/scales.py writes them. Degrees. The texts come with the page.
 *
 * @typedef {Record<string, string>} Texts  By name; values stand in braces.
 */
import { rounded } from "./scoring.js";

const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false };
const language = document.documentElement.lang || "en";
const size = (deg) => `${oneDecimal(Math.abs(deg))}°`;

/** @param {number} value @returns {string} */
export function oneDecimal(value) {
  return value.toLocaleString(language, ONE_DECIMAL);
}

/** @param {string} text @param {Record<string, string | number>} values @returns {string} */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {number} deg @returns {string} With a real minus sign. */
export function negative(deg) {
  return (deg < 0 ? "−" : "") + size(deg);
}

/** @param {number} deg @returns {string} With either sign. */
export function signed(deg) {
  return (deg > 0 ? "+" : "") + negative(deg);
}

/** @param {number} deg @param {Texts} texts @returns {string} "6.4° above horizontal" */
export function thighWords(deg, texts) {
  const value = rounded(deg);
  const text = value === 0 ? texts.level_with : value > 0 ? texts.above : texts.below;
  return fill(text, { size: size(value) });
}

/** @param {number} deg @param {Texts} texts @returns {string} "4.1° forward of plumb" */
export function shankWords(deg, texts) {
  const value = rounded(deg);
  const text = value === 0 ? texts.plumb : value > 0 ? texts.forward : texts.behind;
  return fill(text, { size: size(value) });
}

/** @param {[number, number]} ends @param {Texts} texts @returns {string} Nearer to plumb first. */
export function shankIntervalWords(ends, texts) {
  return sidedWords(ends, {
    across: texts.shank_across, plus: texts.range_forward, minus: texts.range_behind,
  });
}

/** @param {number} deg @param {Texts} texts @returns {string} "bent 98.9°" */
export function kneeWords(deg, texts) {
  return fill(texts.bent, { angle: negative(rounded(deg)) });
}

/**
 * @param {[number, number]} ends
 * @param {Texts} texts
 * @returns {string} The end nearer to horizontal first.
 */
export function thighIntervalWords(ends, texts) {
  return sidedWords(ends, {
    across: texts.range_across, plus: texts.range_above, minus: texts.range_below,
  });
}

/** An interval without signs, the end nearer to zero first. */
function sidedWords(ends, { across, plus, minus }) {
  const [low, high] = ends.map(rounded);
  if (low < 0 && high > 0) return fill(across, { near: size(low), far: size(high) });
  const [near, far] = [low, high].sort((a, b) => Math.abs(a) - Math.abs(b));
  return fill(low + high > 0 ? plus : minus, { near: size(near), far: size(far) });
}

/** @param {[number, number]} ends @param {Texts} texts @returns {string} */
export function kneeIntervalWords(ends, texts) {
  const [near, far] = ends.map((end) => negative(rounded(end)));
  return fill(texts.range, { near, far });
}
