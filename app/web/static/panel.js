/** What stands beside the photo while its points are moved: values, buttons, messages. */
import { copyOf, find, findAll } from "./dom.js";
import { JOINTS, isMoved } from "./scoring.js";
import {
  fill, kneeIntervalWords, kneeWords, oneDecimal, shankIntervalWords, shankWords, signed,
  thighIntervalWords, thighWords,
} from "./words.js";

/** Values that change while a finger moves are read out once it rests, milliseconds. */
const QUIET_MS = 600;
const WORDS = {
  thigh: { value: thighWords, interval: thighIntervalWords },
  knee: { value: kneeWords, interval: kneeIntervalWords },
  shank: { value: shankWords, interval: shankIntervalWords },
};
const FIELDS = {
  thigh: "thigh_deg", knee: "knee_flexion_deg", shank: "shank_from_plumb_deg",
};

export class Panel {
  /**
   * @param {HTMLElement} section  The leg’s section of the page.
   * @param {import("./scoring.js").Data} data  For its words.
   * @param {(what: string, name?: string) => void} act  What a button asks for.
   */
  constructor(section, { words, overall, texts }, act) {
    this.section = section;
    this.page = section.ownerDocument;
    this.words = words;
    this.overall = overall;
    this.texts = texts;
    this.root = find(section, ".editor");
    this.isOpen = false;
    this.root.addEventListener("click", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const button = /** @type {HTMLElement | null} */ (target.closest("[data-do]"));
      if (!button || button.getAttribute("aria-disabled") === "true") return;
      const point = /** @type {HTMLElement | null} */ (button.closest("[data-point]"));
      act(button.dataset.do, point?.dataset.point);
    });
    this.root.addEventListener("change", (event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      if ("head" in input.dataset) act("head", input.value);
    });
    find(section, "[data-correct]").hidden = false;
  }

  /** @returns {"left" | "right" | null} What was said about the leg of a refused photo. */
  get leg() {
    const chosen = /** @type {HTMLInputElement | null} */ (find(this.root, "[data-tested]:checked"));
    return /** @type {"left" | "right"} */ (chosen?.value) || null;
  }

  open() {
    this.toggle(true);
    find(this.section, ".editor-title").focus();
  }

  close() {
    this.toggle(false);
    this.fail("");
    find(this.section, "[data-correct]").focus();
  }

  toggle(open) {
    this.isOpen = open;
    for (const part of findAll(this.page, "[data-resting]")) part.hidden = open;
    for (const part of findAll(this.section, "[data-editing]")) part.hidden = !open;
    this.section.classList.toggle("edited", open);
    this.page.getElementById("outcome").classList.toggle("editing-a-leg", open);
  }

  /** @param {object} shown  State, first state, result or null, own values, roll, undo, redo. */
  show(shown) {
    this.showValues(shown);
    for (const joint of JOINTS) {
      const [now, first] = [shown.state[joint], shown.first[joint]];
      const far = Math.hypot(now.x - first.x, now.y - first.y);
      const moved = isMoved(now, { x_px: first.x, y_px: first.y });
      this.showPoint(joint, `${Math.round(now.x)}, ${Math.round(now.y)}`, moved, this.far(far));
    }
    const turned = shown.state.level !== null;
    const was = signed(shown.own.level.roll_deg);
    this.showPoint("level", signed(shown.roll), turned, fill(this.texts.was, { angle: was }));
    this.enable("undo", shown.canUndo);
    this.enable("redo", shown.canRedo);
    this.enable("reset-all", turned || find(this.root, ".moved:not(:empty)") !== null);
    this.enable("save", shown.result !== null);
  }

  showPoint(name, place, moved, how) {
    const row = find(this.root, `[data-point="${name}"]`);
    find(row, ".place").textContent = place;
    find(row, ".moved").textContent = moved ? how : "";
    disable(find(row, '[data-do="reset"]'), !moved);
  }

  showPlacing(name) {
    for (const button of findAll(this.root, '[data-do="place"]')) {
      const point = /** @type {HTMLElement} */ (button.closest("[data-point]"));
      const armed = point.dataset.point === name;
      button.setAttribute("aria-pressed", String(armed));
    }
    find(this.root, ".placing-help").hidden = name === null;
  }

  showValues({ state, result, own }) {
    const verdicts = result?.verdicts ?? { thigh: null, knee: null, overall: null };
    for (const name of Object.keys(FIELDS)) {
      const row = find(this.root, `[data-live="${name}"]`);
      const words = WORDS[name];
      const before = own[FIELDS[name]];
      find(row, ".live-value").textContent =
        result ? words.value(result.reading[name].value, this.texts) : "–";
      find(row, ".live-interval").textContent =
        result ? words.interval(result.intervals[name], this.texts) : "";
      const changed = Boolean(result?.adjusted);
      find(row, ".mark").hidden = !changed;
      find(row, ".live-automatic").textContent =
        changed && before ? this.automatic(words.value(before.value, this.texts)) : "";
      this.showVerdict(row, verdicts[name] ?? null, this.words[verdicts[name]]);
    }
    const last = find(this.root, '[data-live="overall"]');
    this.showVerdict(last, verdicts.overall, this.whole(result));
    this.announce(this.sentence(state, result));
  }

  /** @returns {string} The overall verdict; a bare "Pass" is final. */
  whole(result) {
    return result ? this.overall[result.final ? "final" : "so_far"][result.verdicts.overall] : "";
  }

  showVerdict(row, verdict, words) {
    const place = find(row, ".live-verdict");
    place.className = `live-verdict ${verdict ?? ""}`;
    place.replaceChildren();
    if (!verdict) return;
    place.append(copyOf(`icon-${verdict}`), words);
  }

  automatic(words) {
    return fill(this.texts.automatic, { words });
  }

  sentence(state, result) {
    if (state.head === null) return this.texts.where_head;
    if (!result) return this.texts.no_leg;
    const { thigh, knee } = result.verdicts;
    const word = (verdict) => this.words[verdict].toLowerCase();
    const also = (verdict) => (verdict ? `, ${word(verdict)}` : "");
    return fill(this.texts.said, {
      thigh: thighWords(result.reading.thigh.value, this.texts) + also(thigh),
      knee: kneeWords(result.reading.knee.value, this.texts) + also(knee),
      shank: shankWords(result.reading.shank.value, this.texts),
      overall: this.whole(result).toLowerCase(),
    });
  }

  far(pixels) {
    return fill(this.texts.moved, { pixels: pixels < 10 ? oneDecimal(pixels) : Math.round(pixels) });
  }

  announce(sentence) {
    clearTimeout(this.waiting);
    const status = find(this.root, ".editor-status");
    this.waiting = setTimeout(() => { status.textContent = sentence; }, QUIET_MS);
  }

  enable(what, can) {
    disable(find(this.root, `[data-do="${what}"]`), !can);
  }

  busy(is) {
    const button = find(this.root, '[data-do="save"]');
    disable(button, is);
    button.textContent = is ? this.texts.saving : this.texts.save;
  }

  fail(message) {
    const problem = find(this.root, ".alert");
    find(problem, "p").textContent = message;
    problem.hidden = !message;
  }
}

/** Disabled, yet focusable: who presses it by keyboard does not lose the place. */
function disable(button, is) {
  button.setAttribute("aria-disabled", String(is));
}
