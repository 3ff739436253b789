/**
 * What was shown before stays in memory, so that Back and Forward lose nothing: neither the form
 * with its photo nor a result with its corrections.
 *
 * @typedef {object} View
 * @property {HTMLElement} main
 * @property {string} title
 * @property {boolean} unsaved  Whether leaving the page would lose something.
 * @property {FormData | null} sent  What was sent for this result.
 */
import { enhance } from "./page.js";

/** @type {View[]} */
const views = [];
let now = 0;
/** @type {HTMLElement | null} */
let emptyForm = null;

/** @returns {View} What is shown. */
export function current() {
  return views[now];
}

/** Remember the content with which the page was loaded, before anything was entered. */
export function begin() {
  const main = document.getElementById("main");
  now = history.state?.view ?? 0;
  views[now] = { main, title: document.title, unsaved: false, sent: null };
  if (main.querySelector("#measure")) emptyForm = /** @type {HTMLElement} */ (main.cloneNode(true));
  window.addEventListener("popstate", (event) => {
    const wanted = event.state?.view ?? 0;
    if (views[wanted]) display(wanted);
    else location.reload();
  });
  window.addEventListener("beforeunload", (event) => {
    if (current().unsaved) event.preventDefault();
  });
}

/**
 * Show new content, as a page that was navigated to.
 * @param {HTMLElement} main
 * @param {string} title
 * @param {Partial<View>} more
 */
export function push(main, title, more = {}) {
  views.length = now + 1;
  views.push({ main, title, unsaved: false, sent: null, ...more });
  history.pushState({ view: now + 1 }, "");
  display(now + 1);
  enhance(main);
  window.scrollTo(0, 0);
}

/**
 * Show new content in the place of what is shown.
 * @param {HTMLElement} main
 * @param {string} title
 * @param {Partial<View>} more
 */
export function replace(main, title, more = {}) {
  views[now] = { ...current(), main, title, ...more };
  display(now);
  enhance(main);
}

/** @returns {HTMLElement} An empty form, as it was loaded. */
export function newForm() {
  return /** @type {HTMLElement} */ (emptyForm.cloneNode(true));
}

/** @param {number} which */
function display(which) {
  now = which;
  const { main, title } = current();
  const shown = document.getElementById("main");
  if (shown !== main) shown.replaceWith(main);
  document.title = title;
}

/** @param {Document} page @returns {HTMLElement} Content of a page that was fetched. */
export function mainOf(page) {
  return document.adoptNode(page.getElementById("main"));
}
