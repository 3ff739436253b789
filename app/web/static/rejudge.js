/**
 * The result of the page, judged again by the service: moved points, answers, the rule, the person,
 * a second leg. The service sees coordinates and the result, not the photos, and keeps nothing; the
 * page that it answers with gets the photos of this one.
 */
import { NoAnswer, problemIn, send } from "./send.js";
import { current, mainOf, replace } from "./views.js";

/** @typedef {{result: any, previous: any, legs: Record<string, any>, editor: any, files: any}} Data */

/** @param {ParentNode} main @returns {Data} */
export function dataOf(main) {
  return JSON.parse(main.querySelector("#result-data").textContent);
}

/** @param {Data} data @param {string} key @returns {any} The measurement of one leg. */
export function measurementOf({ result }, key) {
  return key === "photo" ? result : result[key].measurement;
}

/**
 * @param {Data} data
 * @param {object} wanted  ``changes`` by leg, ``criteria``, ``subject``, ``session``.
 * @returns {Promise<{main: HTMLElement, title: string, page: Document} | string>} The content of
 *   the answer, or what went wrong; empty if the service did not answer.
 */
export async function judged(data, wanted) {
  const legs = Object.entries(data.legs).filter(([, leg]) => leg.found);
  const found = Object.fromEntries(legs.map(([key, leg]) => [key, leg.found]));
  const body = JSON.stringify({ result: data.result, previous: data.previous, found, ...wanted });
  try {
    const { status, page } = await send("adjusted", body);
    if (status !== 200) return problemIn(page);
    return { main: mainOf(page), title: page.title, page };
  } catch (error) {
    if (error instanceof NoAnswer) return "";
    throw error;
  }
}

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Judge the shown result again, and show the answer in its place. One after the other: a second
 * answer, given while the first is on its way, is added to it.
 * @param {(data: Data) => object} wanted  What is wanted of the result that is shown by then.
 * @param {(page: Document) => void} [arrived]  Called before the answer is shown.
 * @returns {Promise<string | null>} What went wrong; empty if the service did not answer.
 */
export function rejudge(wanted, arrived) {
  const next = last.then(async () => {
    const before = current().main;
    const data = dataOf(before);
    const answer = await judged(data, wanted(data));
    if (typeof answer === "string") return answer;
    arrived?.(answer.page);
    takePictures(answer.main, pictures(before));
    await replace(answer.main, answer.title, { unsaved: true });
    return null;
  });
  last = next.catch(() => {});
  return next;
}

/** @param {ParentNode} main @returns {Record<string, string>} Addresses of the pictures by name. */
export function pictures(main) {
  const images = [...main.querySelectorAll("img[data-picture]")];
  return Object.fromEntries(
    images.map((/** @type {HTMLImageElement} */ one) => [one.dataset.picture, one.src]),
  );
}

/**
 * @param {ParentNode} main
 * @param {Record<string, string>} held
 */
export function takePictures(main, held) {
  for (const image of main.querySelectorAll("img[data-picture]")) {
    const one = /** @type {HTMLImageElement} */ (image);
    if (held[one.dataset.picture]) one.src = held[one.dataset.picture];
  }
}
