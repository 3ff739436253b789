/**
 * The form: photos are shown, made smaller and sent while the person still looks at them; the
 * answer is shown without leaving the page. The form works without.
 */
import { listen } from "./arrivals.js";
import { Sending, describeForm } from "./sending.js";
import { places, say, show } from "./slots.js";
import { NoAnswer } from "./send.js";
import { arriveAt } from "./arrival.js";
import { showTrouble, showUnreachable } from "./trouble.js";

const SLOW_MS = 3000; // per photo, after which it is said that it takes long

/** @type {Sending | null} */
let sending = null;
let slow = 0;

/** @returns {HTMLFormElement} */
function form() {
  return /** @type {HTMLFormElement} */ (document.getElementById("measure"));
}

/** @returns {boolean} */
function severalPhotos() {
  return /** @type {HTMLInputElement} */ (document.getElementById("several")).checked;
}

/** @returns {HTMLInputElement[]} the places that are sent in the chosen mode and hold a photo */
function filled() {
  const several = severalPhotos();
  return places().filter((one) => (one.name === "file") !== several && one.files.length);
}

/**
 * @param {boolean} busy
 * @param {HTMLFormElement} own  May be out of sight: Back shows it again.
 */
function setBusy(busy, own = form()) {
  clearTimeout(slow);
  const button = own.querySelector("#send");
  own.setAttribute("aria-busy", String(busy));
  button.setAttribute("aria-disabled", String(busy));
  /** @type {HTMLElement} */ (button.querySelector(".idle")).hidden = busy;
  /** @type {HTMLElement} */ (button.querySelector(".busy")).hidden = !busy;
  /** @type {HTMLElement} */ (own.querySelector("#cancel")).hidden = !busy;
  showProgress(busy ? sending?.share ?? null : undefined, own);
  if (!busy) return;
  slow = window.setTimeout(() => {
    if (sending?.share === 1) say("slow");
  }, SLOW_MS * Math.max(filled().length, 1));
}

/**
 * @param {number | null | undefined} share  Null while nobody knows; undefined to hide.
 * @param {HTMLFormElement | null} own
 */
function showProgress(share, own = form()) {
  const bar = /** @type {HTMLProgressElement} */ (own?.querySelector("#progress"));
  if (!bar) return; // the form is not shown any more
  bar.hidden = share === undefined;
  if (typeof share === "number" && share < 1) bar.value = share;
  else bar.removeAttribute("value");
}

/** Say how far it is, with the share that has truly been sent. */
function tellProgress() {
  if (!document.getElementById("send")) return;
  const { share } = sending;
  if (share < 1) say("sending", { percent: String(Math.floor(100 * share)) });
  else say("reading");
  showProgress(share);
}

/** Go to where something is missing or wrong, and say so. */
function findsFault() {
  const wrong = places().find((one) => one.closest(".slot").querySelector(".held-problem:not([hidden])"));
  const fault = wrong ?? (filled().length ? undefined : places()[severalPhotos() ? 1 : 0]);
  if (!fault) return false;
  if (!wrong) say("none");
  fault.focus();
  return true;
}

/** Begin to send the one photo as soon as it is there. */
async function sendAhead() {
  const [photo] = filled();
  if (severalPhotos() || !photo || photo.hasAttribute("aria-invalid")) {
    stop();
    return;
  }
  const own = form();
  const mine = (sending = Sending.of(own, sending, tellProgress));
  import("./result.js").catch(() => {}); // it will be needed; where it is, its lack is told
  const isWaitedFor = () => form() !== own || isBusy() || sending !== mine;
  try {
    await mine.answer;
    if (!isWaitedFor()) say("ready");
  } catch {
    // Told when the answer is asked for; another photo may have taken the place of this one.
  } finally {
    if (!isWaitedFor()) showProgress(undefined);
  }
}

/** @returns {boolean} */
function isBusy() {
  return form()?.getAttribute("aria-busy") === "true";
}

/** Send what is in the form, or wait for what was sent already, and show the answer. */
async function measure() {
  const asked = form();
  if (!sending?.holds(describeForm(asked))) sending = Sending.of(asked, sending, tellProgress);
  const mine = sending;
  setBusy(true);
  tellProgress();
  try {
    const { status, page } = await mine.answer;
    asked.querySelector("#status").textContent = "";
    if (status === 200) await arriveAt(page, mine.body);
    else showTrouble(page);
  } catch (error) {
    if (error instanceof NoAnswer) showUnreachable(measure);
    else if (error.name !== "AbortError") throw error;
    else say("stopped");
  } finally {
    if (sending === mine) sending = null; // its answer is used up: asked again, it is sent again
    setBusy(false, asked);
  }
}

function stop() {
  sending?.stop();
  sending = null;
  showProgress(undefined);
}

/** Listen to the form. */
export function start() {
  const own = form();
  own.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isBusy() || findsFault()) return; // a second click, or nothing to send
    document.getElementById("problem")?.remove();
    measure();
  });
  document.getElementById("cancel").addEventListener("click", () => {
    stop();
    setBusy(false);
  });
  own.addEventListener("photos", sendAhead);
  own.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.name === "photos") sendAhead();
  });
  listen();
  if (document.readyState === "complete") showKept();
}

// Back from another page: browsers put files and answers back after this script has run, and what
// would be sent has to be seen.
window.addEventListener("pageshow", (event) => {
  if (form()) showKept(event.persisted);
});

function showKept(persisted = false) {
  for (const input of places()) if (input.files.length) show(input);
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const back = persisted || visit.type === "back_forward";
  document.getElementById("kept").hidden = !(back && places().some((one) => one.files.length));
}
