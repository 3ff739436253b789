/** What page and dialog of the clients have in common: texts, forms, creating and opening the list. */
import { fill, negative, oneDecimal } from "../words.js";
import { NotAList } from "./exchange.js";
import { create, lock, state, unlock } from "./list.js";
import { ListChanged } from "./store.js";
import { WrongPassphrase } from "./vault.js";

/** @returns {Record<string, string>} Texts of the page's language, by name. */
export function texts() {
  return JSON.parse(document.getElementById("clients-texts").textContent);
}

/** @returns {import("./results.js").Constants} Of the comparison. */
export function constants() {
  return JSON.parse(document.getElementById("clients-constants").textContent);
}

/** @param {string} name @param {Record<string, string | number>} [values] @returns {string} */
export function words(name, values = {}) {
  return fill(texts()[name], values);
}

/** @param {string} day  As 2026-11-26. @returns {string} */
export function dayWords(day) {
  const how = /** @type {const} */ ({ dateStyle: "medium", timeZone: "UTC" });
  return new Intl.DateTimeFormat(document.documentElement.lang, how).format(new Date(`${day}T00:00Z`));
}

/** @param {import("./results.js").Measurement} measurement @returns {string} Both angles with their intervals. */
export function anglesWords({ thigh_deg: thigh, knee_flexion_deg: knee }) {
  const [low, high] = thigh.interval.map(negative);
  const [kneeLow, kneeHigh] = knee.interval.map(negative);
  return words("angles", {
    thigh: negative(thigh.value), thigh_low: low, thigh_high: high,
    knee: negative(knee.value), knee_low: kneeLow, knee_high: kneeHigh,
  });
}

/**
 * @param {import("./results.js").Difference} thigh
 * @param {import("./results.js").Difference} knee
 * @returns {string} "Thigh 12.0° lower: a real change (error 5.9°)", and the same of the knee.
 */
export function changeWords(thigh, knee) {
  const size = ({ difference_deg: value }) => `${oneDecimal(Math.abs(value))}°`;
  const judged = (one, [more, same, less]) => {
    const moved = Math.round(10 * one.difference_deg);
    const what = words(moved > 0 ? more : moved < 0 ? less : same, { size: size(one) });
    const error = `${oneDecimal(one.detectable_deg)}°`;
    return words(one.detectable ? "is_real" : "is_within", { what, error });
  };
  return [
    judged(thigh, ["thigh_higher", "thigh_same", "thigh_lower"]),
    judged(knee, ["knee_more", "knee_same", "knee_less"]),
  ].join("; ") + ".";
}

/** Show what belongs to the state of the list. @param {ParentNode} root @returns {Promise<string>} */
export async function showState(root) {
  const now = await state();
  for (const part of root.querySelectorAll("[data-state]")) {
    /** @type {HTMLElement} */ (part).hidden = /** @type {HTMLElement} */ (part).dataset.state !== now;
  }
  return now;
}

/**
 * @param {ParentNode} root
 * @param {(deleted: number, damaged: number) => void} opened  Called when the list is open.
 */
export function listenToGates(root, opened) {
  onSubmit(root, "create", async (fields) => {
    await create(samePassphrase(fields), daysOf(fields));
    opened(0, 0);
  });
  onSubmit(root, "unlock", async (fields) => {
    const { deleted, damaged } = await unlock(String(fields.get("passphrase")));
    opened(deleted, damaged);
  });
}

/**
 * @param {ParentNode} root
 * @param {string} name  Of the forms.
 * @param {(fields: FormData, form: HTMLFormElement) => Promise<void>} act  What it throws is said beside the form.
 */
export function onSubmit(root, name, act) {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (root.querySelectorAll(`form[data-do="${name}"]`))) {
    const said = root.querySelector("[data-said]");
    const problem = form.querySelector(".problem") ?? said;
    const say = (text) => { problem.textContent = text; };
    form.addEventListener("submit", async (event) => {
      event.preventDefault(); // nothing of it is ever sent
      if (form.getAttribute("aria-busy") === "true") return;
      form.setAttribute("aria-busy", "true");
      if (problem !== said) say(words("working"));
      try {
        await act(new FormData(form), form);
        form.reset();
        if (problem !== said) say("");
      } catch (error) {
        if (error instanceof ListChanged) {
          lock(); // what is shown is no longer the list
          said.textContent = words("changed");
        }
        say(words(reasonOf(error)));
      } finally {
        form.removeAttribute("aria-busy");
      }
    });
  }
}

/** The two passphrases that were typed are not the same. */
class Unlike extends Error {}

/** @param {FormData} fields @returns {string} @throws {Unlike} */
export function samePassphrase(fields) {
  if (fields.get("passphrase") !== fields.get("again")) throw new Unlike();
  return String(fields.get("passphrase"));
}

/** @param {FormData} fields @returns {number | null} */
export function daysOf(fields) {
  return Number(fields.get("days")) || null;
}

/** @param {unknown} error @returns {string} Name of a text. */
function reasonOf(error) {
  if (error instanceof WrongPassphrase) return "wrong";
  if (error instanceof Unlike) return "unlike";
  if (error instanceof NotAList) return "not_a_list";
  return error instanceof ListChanged ? "changed" : "failed";
}
