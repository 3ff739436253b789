/** An answer arrives: shown as it is, or beside the leg that was measured before. */
import { judged, dataOf, pictures, takePictures } from "./rejudge.js";
import { showUnreachable, showWords } from "./trouble.js";
import { words } from "./slots.js";
import { current, mainOf, push, pushForm } from "./views.js";

/** @type {{data: import("./rejudge.js").Data, pictures: Record<string, string>} | null} */
let first = null;

/** Ask for a photo of the other leg; the answers to both are shown together. */
export async function askForOtherLeg() {
  const { main } = current();
  first = { data: dataOf(main), pictures: pictures(main) };
  await pushForm();
  const form = current().main;
  const side = first.data.result.tested_leg.side === "left" ? "right" : "left";
  const told = /** @type {HTMLElement} */ (form.querySelector("#other-leg"));
  told.textContent = told.dataset[side];
  told.hidden = false;
  const who = { subject: first.data.result.subject, session: first.data.result.session };
  for (const [name, value] of Object.entries(who)) {
    /** @type {HTMLInputElement} */ (form.querySelector(`[name=${name}]`)).value = value;
  }
}

/** Begin anew, with an empty form. */
export async function askForNext() {
  first = null;
  await pushForm();
}

/**
 * @param {Document} page  The answer of the service.
 * @param {FormData} sent  What it answers; kept to be sent again with another leg or turned.
 */
export async function arriveAt(page, sent) {
  const title = page.title;
  const main = mainOf(page);
  const data = dataOf(main);
  if (first && data.result.measurable && data.result.tested_leg) {
    if (data.result.tested_leg.side === first.data.result.tested_leg.side) {
      showWords(words("sameLeg"));
      return;
    }
    await showBoth(data, pictures(main));
    return;
  }
  await push(main, title, { unsaved: data.result.measurable !== false, sent });
}

/**
 * @param {import("./rejudge.js").Data} second
 * @param {Record<string, string>} held
 */
async function showBoth(second, held) {
  const both = [first, { data: second, pictures: held }];
  const legs = { left: null, right: null };
  /** @type {Record<string, string>} */
  const found = {};
  for (const one of both) {
    const { side } = one.data.result.tested_leg;
    legs[side] = { side, measurement: one.data.result };
    found[side] = one.pictures.photo;
  }
  const { subject, session, criteria } = second.result;
  const result = { subject, session, criteria, ...legs, asymmetry: null };
  const answer = await judged({ ...second, result, legs: {} }, { criteria: criteria.id });
  if (typeof answer === "string") {
    showUnreachable(() => showBoth(second, held), answer);
    return;
  }
  takePictures(answer.main, found);
  first = null;
  await push(answer.main, answer.title, { unsaved: true });
}
