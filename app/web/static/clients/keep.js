/**
 * On a result: keep it for a client, and compare it with an earlier photo. The list may be locked
 * or missing; the dialog takes care of that.
 *
 * @typedef {import("./list.js").Kept} Kept
 */
import { current } from "../views.js";
import { dialog, fillSelect, offerResults, openDialog, say } from "./dialog.js";
import { addClient, clients, keep, picturesOf } from "./list.js";
import { onSubmit, words } from "./parts.js";
import { shownPictures, shownResult } from "./pictures.js";
import { legsOf, measuredAt } from "./results.js";
import { showBeforeAfter } from "./slider.js";

/** @param {HTMLElement} main */
export function start(main) {
  const usable = legsOf(shownResult()).length > 0;
  on(main, "[data-keep-client]", usable, () => openDialog("keep", ask));
  on(main, "[data-compare-client]", usable, () => openDialog("compare", choose));
  const box = dialog();
  if (box.dataset.keeps) return;
  box.dataset.keeps = "yes";
  onSubmit(box, "keep", keepShown);
}

/** @param {HTMLElement} main @param {string} selector @param {boolean} usable @param {() => void} act */
function on(main, selector, usable, act) {
  const button = /** @type {HTMLButtonElement | null} */ (main.querySelector(selector));
  if (!button) return;
  button.hidden = !usable;
  button.addEventListener("click", () => {
    button.closest("details")?.removeAttribute("open"); // the menu
    act();
  });
}

/** Ask for whom to keep it. */
function ask() {
  const form = dialog().querySelector('form[data-do="keep"]');
  const select = /** @type {HTMLSelectElement} */ (form.querySelector("[name=client]"));
  const [anew] = select.options;
  fillSelect(select, [["", anew.text], ...clients().map(({ id, name }) => /** @type {[string, string]} */ ([id, name]))]);
  const name = /** @type {HTMLInputElement} */ (form.querySelector("[name=name]"));
  select.onchange = () => {
    /** @type {HTMLElement} */ (form.querySelector("[data-new-client]")).hidden = Boolean(select.value);
    name.required = !select.value;
  };
  select.value = clients()[0]?.id ?? "";
  select.onchange(new Event("change"));
  const day = /** @type {HTMLInputElement} */ (form.querySelector("[name=on]"));
  day.value = measuredAt(shownResult())?.slice(0, 10) ?? today();
}

/** @param {FormData} fields @param {HTMLFormElement} form */
async function keepShown(fields, form) {
  const result = shownResult();
  const pictures = fields.has("pictured") ? await shownPictures(result) : {};
  const own = clients().find(({ id }) => id === fields.get("client"));
  const client = own ?? (await addClient(String(fields.get("name")).trim()));
  await keep(client.id, String(fields.get("on")), result, pictures);
  current().unsaved = false;
  form.hidden = true;
  say(words("kept", { name: client.name }));
}

/** Choose the earlier photo to put beside this one. */
function choose() {
  const legs = legsOf(shownResult());
  const common = (/** @type {Kept} */ kept) => legs.find(({ side }) => kept.pictured.includes(side));
  offerResults((kept) => Boolean(common(kept)), async (kept) => {
    const { side, measurement } = common(kept);
    const first = legsOf(kept.result).find((one) => one.side === side).measurement;
    const [then, now] = [await picturesOf(kept.id), await shownPictures(shownResult())];
    const figure = /** @type {HTMLElement} */ (dialog().querySelector("[data-before-after]"));
    await showBeforeAfter(
      figure,
      { on: kept.on, measurement: first, picture: then[side] },
      { on: measuredAt(shownResult())?.slice(0, 10) ?? today(), measurement, picture: now[side] },
      words(side),
    );
    figure.scrollIntoView({ block: "nearest" });
  });
}

/** @returns {string} Of this place, as 2026-11-26. */
function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
