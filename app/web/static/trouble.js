/** What went wrong with a form that was sent; nothing that was entered is lost. */
import { places, put } from "./slots.js";

/**
 * Show the problem that a page of the service tells, above the form that stays.
 * @param {Document} page
 */
export function showTrouble(page) {
  const alert = page.querySelector("#problem");
  if (!alert) {
    showWords([...page.querySelectorAll("[data-problem]")].map((one) => one.textContent).join(" "));
    return;
  }
  alert.querySelector("[data-photos-lost]")?.remove(); // they are still here
  alert.removeAttribute("autofocus");
  const shown = /** @type {HTMLElement} */ (document.adoptNode(alert));
  if (canSwap(shown)) shown.querySelector("div").append(swapButton());
  markPlace(shown.querySelector("a")?.hash.slice(1));
  document.title = page.title;
  place(shown);
}

/**
 * The service did not answer: say so, and offer to try again.
 * @param {() => void} again
 * @param {string} [words]  What it said, if it said something.
 */
export function showUnreachable(again, words) {
  const alert = showWords(words || template().dataset.noAnswer);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.textContent = template().dataset.again;
  button.addEventListener("click", () => {
    alert.remove();
    again();
  });
  alert.querySelector("div").append(button);
  button.focus();
}

/** @param {string} words @returns {HTMLElement} */
export function showWords(words) {
  const copy = /** @type {DocumentFragment} */ (template().content.cloneNode(true));
  const alert = /** @type {HTMLElement} */ (copy.firstElementChild);
  alert.querySelector("p").textContent = words;
  place(alert);
  return alert;
}

/** @returns {HTMLTemplateElement} */
function template() {
  return /** @type {HTMLTemplateElement} */ (document.getElementById("trouble-template"));
}

/** @param {HTMLElement} alert */
function place(alert) {
  document.getElementById("problem")?.remove();
  document.getElementById("measure").prepend(alert);
  alert.focus();
  alert.scrollIntoView({ block: "start" });
}

/** @param {string | undefined} id  Of the place whose photo is wrong. */
function markPlace(id) {
  const input = id && document.getElementById(id);
  if (!input) return;
  input.setAttribute("aria-invalid", "true");
  input.closest(".slot")?.classList.add("wrong");
}

/** Whether the photos may have been put into each other's places. */
function canSwap(alert) {
  const names = new Set(places().filter((one) => one.files.length).map((one) => one.name));
  return alert.dataset.code === "mismatched_photos" && (names.has("left") || names.has("right"));
}

function swapButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.textContent = template().dataset.swap;
  button.addEventListener("click", () => {
    for (const which of ["", "_retest", "_above"]) swap(`left${which}`, `right${which}`);
    document.getElementById("problem").remove();
    document.getElementById("send").focus();
  });
  return button;
}

/** @param {string} one @param {string} other  Names of two places. */
function swap(one, other) {
  const [here, there] = [one, other].map((name) => places().find((place) => place.name === name));
  const [file, second] = [here.files[0], there.files[0]];
  put(here, second);
  put(there, file);
}
