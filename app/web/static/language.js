/**
 * The language of a result is changed without losing it: the service renders the same result in
 * another language, and the browser puts its photos in.
 */
import { rejudge } from "./rejudge.js";
import { current, forgetForm } from "./views.js";

/** @param {SubmitEvent} event */
async function choose(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches(".languages") || !current().main.querySelector("#result-data")) return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (event.submitter);
  const body = new URLSearchParams({ [button.name]: button.value });
  try {
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
  } catch {
    return; // the service is gone; the result stays as it is
  }
  await rejudge(() => ({}), (page) => {
    document.documentElement.lang = page.documentElement.lang;
    for (const part of ["header.site", "footer.site"]) {
      document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
    }
    forgetForm();
  });
}

/** Listen once, whichever result is shown. */
export function listenForLanguage() {
  document.addEventListener("submit", choose);
}
