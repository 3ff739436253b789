/** The editors of a result: one for each leg that can be corrected. */
import { find } from "./dom.js";
import { Editor } from "./editor.js";
import { measurementOf } from "./rejudge.js";

/**
 * @param {HTMLElement} main
 * @param {import("./rejudge.js").Data} data
 */
export function startEditors(main, data) {
  for (const [key, leg] of Object.entries(data.legs)) {
    if (!leg.correction) continue;
    const own = { ...data.editor, ...leg.correction, measurement: measurementOf(data, key) };
    new Editor(own, find(main, `[data-leg="${key}"]`));
  }
}
