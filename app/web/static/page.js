/**
 * Every page begins here: what its content needs is loaded and started.
 *
 * A module exports ``start(main)``. It is called with each new content, so that a result that was
 * fetched comes to life as one that was loaded.
 */
import * as form from "./form.js"; // At once: photos may be dropped as soon as the form is seen
import { begin } from "./views.js";

const PARTS = {
  "#measure": () => form,
  "#measure, [data-clients]": () => import("./offline/offline.js"),
  "[data-clients]": () => import("./clients/board.js"),
  "[data-choose-earlier]": () => import("./clients/earlier.js"),
  "[data-keep-client]": () => import("./clients/keep.js"),
  "#squad": () => import("./squad/squad.js"),
  "#result-data": () => import("./result.js"),
};

/** @param {HTMLElement} main  Content of the page. */
export function enhance(main) {
  for (const [selector, load] of Object.entries(PARTS)) {
    if (main.querySelector(selector)) wake(load(), main);
  }
}

function wake(module, main) {
  if (module instanceof Promise) module.then((one) => one.start(main));
  else module.start(main);
}

begin();
enhance(document.getElementById("main"));
