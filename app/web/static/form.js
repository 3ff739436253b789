// Comfort only: previews, drop, paste, camera, a busy state. The form works without.

import { listen } from "./arrivals.js";
import { places, say, show } from "./slots.js";

const SLOW_FACTOR = 3000; // milliseconds per photo after which it is said that it takes long
let form, send;
let slow = 0;

/** @returns {HTMLInputElement[]} the places that are sent in the chosen mode and hold a photo */
function sent() {
  const several = document.getElementById("several").checked;
  return places().filter((one) => (one.name === "file") !== several && one.files.length);
}

/** @param {boolean} busy */
function setBusy(busy) {
  clearTimeout(slow);
  form.setAttribute("aria-busy", String(busy));
  send.setAttribute("aria-disabled", String(busy));
  send.querySelector(".idle").hidden = busy;
  send.querySelector(".busy").hidden = !busy;
  document.getElementById("progress").hidden = !busy;
  const photos = sent();
  for (const one of places()) one.disabled = busy && !photos.includes(one); // of the other mode
  if (!busy) return;
  const n = photos.length;
  say(n > 1 ? "many" : "one", { n: String(n) });
  slow = setTimeout(() => say("slow"), SLOW_FACTOR * n);
}

/** Refuse to send what cannot be measured, and go to where it is. */
function findsFault() {
  const several = document.getElementById("several").checked;
  const wrong = places().find((one) => one.files.length && one.hasAttribute("aria-invalid"));
  const fault = wrong ?? (sent().length ? undefined : places()[several ? 1 : 0]);
  if (!fault) return false;
  if (!wrong) say("none");
  fault.focus();
  return true;
}

/** Listen to the form. */
export function start() {
  form = document.getElementById("measure");
  send = document.getElementById("send");
  form.addEventListener("submit", (event) => {
    const again = form.getAttribute("aria-busy") === "true"; // a second click
    if (again || findsFault()) event.preventDefault();
    else setBusy(true);
  });
  // Back from the result: browsers put files and answers back after this script has run, and what
  // would be sent has to be seen.
  window.addEventListener("pageshow", (event) => {
    setBusy(false);
    for (const input of places()) if (input.files.length) show(input);
    const [visit] = performance.getEntriesByType("navigation");
    const back = event.persisted || visit.type === "back_forward";
    document.getElementById("kept").hidden = !(back && places().some((one) => one.files.length));
  });

  listen();
}
