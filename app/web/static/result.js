/** The result comes to life: questions, rule, person, what to do with it, the editor of each leg. */
import { askForNext, askForOtherLeg, arriveAt } from "./arrival.js";
import { startEditors } from "./editors.js";
import { saveFile, shareReport, copyNotes } from "./files.js";
import { dataOf, measurementOf, rejudge } from "./rejudge.js";
import { NoAnswer, problemIn, send } from "./send.js";
import { current } from "./views.js";
import { startZoom } from "./zoom.js";

/** @param {HTMLElement} main */
export function start(main) {
  const data = dataOf(main);
  const bar = /** @type {HTMLElement} */ (main.querySelector("#result-bar"));
  main.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button) return;
    if (button.dataset.question) answer(main, /** @type {HTMLButtonElement} */ (button));
    else if (button.dataset.which) sendAgain("leg", button.dataset.which);
    else if (button.dataset.turn) sendAgain("turn", button.dataset.turn);
  });
  main.querySelector("#choose-rule")?.addEventListener("change", (event) => {
    const criteria = /** @type {HTMLSelectElement} */ (event.target).value;
    judge(() => ({ criteria }), "#choose-rule");
  });
  for (const input of main.querySelectorAll("[data-who]")) {
    const { dataset, id } = /** @type {HTMLInputElement} */ (input);
    input.addEventListener("change", () => {
      const { value } = /** @type {HTMLInputElement} */ (input);
      judge(() => ({ [dataset.who]: value }), `#${id}`);
    });
  }
  bar.addEventListener("click", (event) => act(event, main, bar));
  main.querySelector("#patient")?.addEventListener("click", (event) => act(event, main, bar));
  for (const photo of main.querySelectorAll(".photo")) startZoom(/** @type {HTMLElement} */ (photo));
  startEditors(main, data);
  const headline = /** @type {HTMLElement} */ (main.querySelector("h1"));
  if (!main.dataset.quiet) headline.focus({ preventScroll: true });
}

/** Do what a button of the bar says. */
async function act(event, main, bar) {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-do]");
  if (!button) return;
  const patient = /** @type {HTMLDialogElement} */ (main.querySelector("#patient"));
  const actions = {
    next: askForNext,
    "other-leg": askForOtherLeg,
    report: () => saved(bar, main, "report"),
    picture: () => saved(bar, main, "picture"),
    json: () => saved(bar, main, "json"),
    fhir: () => saved(bar, main, "fhir"),
    share: async () => tell((await shareReport(main)) ? "" : bar.dataset.not),
    notes: async () => tell((await copyNotes(main)) ? bar.dataset.copied : bar.dataset.not),
    print: () => window.print(),
    patient: () => patient.showModal(),
    "close-patient": () => patient.close(),
    "print-patient": () => printPatient(),
  };
  bar.querySelector("details")?.removeAttribute("open");
  await actions[/** @type {HTMLElement} */ (button).dataset.do]?.();
}

async function saved(bar, main, kind) {
  const name = await saveFile(main, kind);
  if (kind === "report" || kind === "json") current().unsaved = false;
  tell(bar.dataset.saved.replace("{name}", name));
}

/** Print the plain words alone. */
function printPatient() {
  document.documentElement.classList.add("print-patient");
  window.print();
  document.documentElement.classList.remove("print-patient");
}

/** @param {string} words  Said in the bar, and to screen readers. */
function tell(words) {
  const status = document.getElementById("result-status");
  if (status) status.textContent = words ?? "";
}

/** Answer a question, or take the answer back. */
function answer(main, button) {
  const { key } = legOf(button);
  const { question } = button.dataset;
  const taken = button.getAttribute("aria-pressed") === "true";
  const value = taken ? null : button.value;
  const wanted = (data) => {
    const before = measurementOf(data, key).observations;
    return { changes: { [key]: { observations: { ...before, [question]: value } } } };
  };
  const opened = [...main.querySelectorAll("details[data-questions][open]")].map((one) => one.dataset.questions);
  const inList = button.closest("details") !== null;
  const again = `[data-leg="${key}"] ${inList ? "details" : ".ask-now"} [data-question]`;
  const same = `[data-leg="${key}"] details [data-question="${question}"][value="${button.value}"]`;
  judge(wanted, inList ? same : again, opened);
}

/** @param {Element} inside @returns {{key: string, section: HTMLElement}} */
function legOf(inside) {
  const section = /** @type {HTMLElement} */ (inside.closest("[data-leg]"));
  return { key: section.dataset.leg, section };
}

/**
 * Judge again and show the answer, without moving what the person looks at.
 * @param {(data: any) => object} wanted
 * @param {string} focus  What has the focus afterwards, if it is there.
 * @param {string[]} opened  Legs whose lists of questions stay open.
 */
async function judge(wanted, focus, opened = []) {
  const at = window.scrollY;
  const failure = await rejudge(wanted);
  if (failure !== null) {
    tell(failure || /** @type {HTMLElement} */ (document.getElementById("result-bar")).dataset.failed);
    return;
  }
  for (const key of opened) document.querySelector(`details[data-questions="${key}"]`)?.setAttribute("open", "");
  const target = document.querySelector(focus) ?? document.querySelector("h1");
  /** @type {HTMLElement} */ (target).focus({ preventScroll: true });
  window.scrollTo(0, at);
}

/** Send the same photo again, with one field more: the leg, or a turn. */
async function sendAgain(name, value) {
  const { sent } = current();
  const bar = /** @type {HTMLElement} */ (document.getElementById("result-bar"));
  sent.set(name, value);
  if (name === "turn") sent.delete("gravity"); // it belongs to the photo as it was taken
  tell(bar.dataset.reading);
  try {
    const { status, page } = await send("fetched", sent);
    if (status === 200) await arriveAt(page, sent);
    else tell(problemIn(page) || bar.dataset.failed);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    tell(bar.dataset.failed);
  }
}
