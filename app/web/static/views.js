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
import { prepare } from "./page.js";

/** @type {View[]} */
const views = [];
let now = 0;
/** @type {{main: HTMLElement, title: string} | null} */
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
  if (main.querySelector("#measure")) emptyForm = copyOf({ main, title: document.title });
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
export async function push(main, title, more = {}) {
  const enliven = await prepare(main);
  views.length = now + 1;
  views.push({ main, title, unsaved: false, sent: null, ...more });
  history.pushState({ view: now + 1 }, "");
  display(now + 1);
  enliven();
  window.scrollTo(0, 0);
}

/**
 * Show new content in the place of what is shown.
 * @param {HTMLElement} main
 * @param {string} title
 * @param {Partial<View>} more
 */
export async function replace(main, title, more = {}) {
  const enliven = await prepare(main);
  views[now] = { ...current(), main, title, ...more };
  display(now);
  enliven();
}

/** Show an empty form, as it was loaded, or in the language of now. */
export async function pushForm() {
  if (!emptyForm) {
    const answer = await fetch("./");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    emptyForm = { title: page.title, main: mainOf(page) };
  }
  const { main, title } = copyOf(emptyForm);
  await push(main, title);
}

function copyOf({ main, title }) {
  return { main: /** @type {HTMLElement} */ (main.cloneNode(true)), title };
}

/** The language is another one: an empty form is fetched when it is wanted. */
export function forgetForm() {
  emptyForm = null;
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
