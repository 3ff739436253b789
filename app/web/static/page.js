/**
 * Every page begins here: what its content needs is loaded and started.
 *
 * A module exports ``start(main)``. It is called with each new content, so that a result that was
 * fetched comes to life as one that was loaded.
 */
import * as form from "./form.js"; // At once: photos may be dropped as soon as the form is seen
import { listenForLanguage } from "./language.js";
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

/** @param {HTMLElement} main @returns {(() => any)[]} What loads the modules that it needs. */
function partsOf(main) {
  const wanted = Object.entries(PARTS).filter(([selector]) => main.querySelector(selector));
  return wanted.map(([, load]) => load);
}

/**
 * Load what new content needs, before it is shown: then it changes no more when it comes to life.
 * @param {HTMLElement} main
 * @returns {Promise<() => void>} What brings it to life, once it is shown.
 */
export async function prepare(main) {
  const loaded = await Promise.allSettled(partsOf(main).map((load) => load()));
  return () => {
    for (const one of loaded) if (one.status === "fulfilled") one.value.start(main);
  };
}

/** @param {HTMLElement} main  Content with which the page was loaded. */
function enhance(main) {
  for (const load of partsOf(main)) {
    const module = load();
    if (module instanceof Promise) module.then((one) => one.start(main));
    else module.start(main);
  }
}

begin();
listenForLanguage();
enhance(document.getElementById("main"));
