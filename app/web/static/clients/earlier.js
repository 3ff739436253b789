/** In the form: choose a client's earlier result instead of a file. */
import { dialog, offerResults, openDialog } from "./dialog.js";
import { legsOf } from "./results.js";

/** @param {HTMLElement} main */
export function start(main) {
  const button = /** @type {HTMLButtonElement} */ (main.querySelector("[data-choose-earlier]"));
  const input = /** @type {HTMLInputElement} */ (main.querySelector('[name="previous"]'));
  button.hidden = false;
  button.addEventListener("click", () => {
    openDialog("earlier", () => offerResults((kept) => legsOf(kept.result).length > 0, (kept) => {
      fill(input, kept);
      dialog().close();
      input.focus();
    }));
  });
}

/** @param {HTMLInputElement} input @param {import("./list.js").Kept} kept */
function fill(input, { on, result }) {
  const chosen = new DataTransfer();
  // Its name is sent with it, and therefore holds no client's.
  chosen.items.add(new File([JSON.stringify(result)], `result-${on}.json`, { type: "application/json" }));
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
