/** The dialog that result and form open: the list is created or opened first, then it is used. */
import { LOCKED, clients, resultsOf } from "./list.js";
import { dayWords, listenToGates, showState, words } from "./parts.js";
import { legsOf } from "./results.js";

/** @typedef {"keep" | "earlier" | "compare"} Purpose */

/** What is shown for each purpose, by the value of data-for. */
const SHOWN = { keep: ["keep"], earlier: ["earlier", "choose"], compare: ["compare", "choose"] };

/** @type {() => void} What to do once the list is open. */
let ready = () => {};

/** @returns {HTMLDialogElement} */
export function dialog() {
  return /** @type {HTMLDialogElement} */ (document.getElementById("clients-dialog"));
}

/**
 * @param {Purpose} purpose
 * @param {() => void} opened  Called when the list is open.
 */
export async function openDialog(purpose, opened) {
  const box = dialog();
  await prepare(box);
  ready = opened;
  say("");
  for (const part of box.querySelectorAll("[data-for]")) {
    /** @type {HTMLElement} */ (part).hidden = !SHOWN[purpose].includes(/** @type {HTMLElement} */ (part).dataset.for);
  }
  const title = box.querySelector(`h2[data-for="${purpose}"]`);
  for (const one of box.querySelectorAll("h2[data-for]")) one.removeAttribute("id");
  title.id = "clients-title";
  /** @type {HTMLElement} */ (box.querySelector("[data-before-after]")).hidden = true;
  box.showModal();
  if ((await showState(box)) === "open") opened();
}

/** @param {string} text */
export function say(text) {
  dialog().querySelector("[data-said]").textContent = text;
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} options  Value and text.
 */
export function fillSelect(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

/**
 * Choose one of a client's results.
 * @param {(kept: import("./list.js").Kept) => boolean} wanted
 * @param {(kept: import("./list.js").Kept) => void} choose
 */
export function offerResults(wanted, choose) {
  const box = dialog();
  const select = /** @type {HTMLSelectElement} */ (box.querySelector("#choose-client"));
  const list = box.querySelector("[data-choices]");
  const fitting = clients().filter(({ id }) => resultsOf(id).some(wanted));
  fillSelect(select, fitting.map(({ id, name }) => [id, name]));
  say(fitting.length ? "" : words("none_to_choose"));
  const show = () => {
    const items = resultsOf(select.value).filter(wanted).reverse().map((kept) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "tool";
      const sides = legsOf(kept.result).map(({ side }) => words(side));
      button.textContent = [dayWords(kept.on), ...sides].join(" · ");
      button.addEventListener("click", () => choose(kept));
      const item = document.createElement("li");
      item.append(button);
      return item;
    });
    list.replaceChildren(...items);
  };
  select.onchange = show;
  show();
}

/** Once: load the style sheet, and listen. @param {HTMLDialogElement} box */
async function prepare(box) {
  if (box.dataset.ready) return;
  box.dataset.ready = "yes";
  const sheet = document.createElement("link");
  [sheet.rel, sheet.href] = ["stylesheet", box.dataset.style];
  const loaded = new Promise((done) => { sheet.onload = sheet.onerror = done; });
  document.head.append(sheet);
  listenToGates(box, async (deleted, damaged) => {
    if ((await showState(box)) !== "open") return;
    ready();
    if (deleted) say(words("deleted_old", { n: deleted }));
    if (damaged) say(words("damaged", { n: damaged }));
  });
  window.addEventListener(LOCKED, () => {
    for (const part of box.querySelectorAll("[data-choices], #choose-client")) part.replaceChildren();
    /** @type {HTMLElement} */ (box.querySelector("[data-before-after]")).hidden = true;
    showState(box);
  });
  await loaded;
}
