/**
 * The editor of one leg: points are moved here, read here while they move, and judged for good by
 * the server. Without JavaScript the page shows the same result without it.
 *
 * @typedef {import("./scoring.js").State} State
 * @typedef {import("./scoring.js").Data} Data
 */
import { find, findAll } from "./dom.js";
import { createHandle, placeHandle } from "./handles.js";
import { History } from "./history.js";
import { layer, levelEnd, limbs, rollThrough } from "./layer.js";
import { Loupe } from "./loupe.js";
import { Panel } from "./panel.js";
import { rejudge } from "./rejudge.js";
import { JOINTS, isMoved, original, rounded, score } from "./scoring.js";
import { correctionOf } from "./saving.js";
import { foundChain, inside, savedState, startState } from "./start.js";
import { fill, signed } from "./words.js";
import { zoomOf } from "./zoom.js";

const NAMES = [...JOINTS, "level"];
const LEVEL_STEP_DEG = 0.1;

export class Editor {
  /** @param {Data} data @param {HTMLElement} leg  Its section of the page. */
  constructor(data, leg) {
    this.data = data;
    this.leg = leg;
    this.own = original(data.measurement);
    this.frame = find(leg, ".photo");
    this.photo = this.frame.querySelector("img");
    this.sheet = find(this.frame, ".sheet");
    const { width_px: width, height_px: height } = data.measurement.provenance;
    this.size = { width, height };
    this.loupe = new Loupe(this.frame, this.photo);
    this.panel = new Panel(leg, data, (what, name) => this.act(what, name));
    this.saved = savedState(data) ?? this.start(data.measurement.head_towards);
    this.history = new History(this.saved);
    this.placing = null;
    this.handles = this.makeHandles();
    this.listen();
  }

  /** @returns {State} As if nobody had moved a point. */
  start(head) {
    return startState(this.data, this.size, head);
  }

  makeHandles() {
    const asked = {
      grab: (name, event) => this.grab(name, event),
      drag: (name, event) => this.drag(event),
      drop: (name, cancelled) => this.drop(cancelled),
      nudge: (name, x, y, again) => this.nudge(name, x, y, again),
      leave: () => this.loupe.hide(),
    };
    return Object.fromEntries(NAMES.map((name) => {
      const handle = createHandle(name, this.data.texts[name], asked);
      handle.hidden = true;
      this.sheet.append(handle);
      return [name, handle];
    }));
  }

  listen() {
    this.leg.querySelector("[data-correct]").addEventListener("click", () => this.open());
    this.photo.addEventListener("click", (event) => this.place(event));
    this.leg.addEventListener("keydown", (event) => this.shortcut(event));
  }

  shortcut(event) {
    if (this.panel.isOpen && event.key === "Escape" && !event.defaultPrevented && !this.held) {
      if (this.placing) this.arm(null);
      else this.close();
      return;
    }
    if (!this.panel.isOpen || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    this.act(key === "y" || event.shiftKey ? "redo" : "undo");
  }

  /** Do what a button of the panel says. */
  act(what, name) {
    const actions = {
      undo: () => this.history.undo(),
      redo: () => this.history.redo(),
      "reset-all": () => this.history.push(this.start(this.history.now.head)),
      reset: () => this.reset(name),
      place: () => this.arm(name),
      head: () => this.turn(name),
      save: () => this.save(),
      cancel: () => this.close(),
    };
    actions[what]();
    if (this.panel.isOpen) this.update();
  }

  open() {
    this.panel.open();
    const zoom = zoomOf(this.frame);
    zoom.editing = true;
    zoom.show(1, { x: 0.5, y: 0.5 });
    this.frame.scrollIntoView({ block: "nearest" });
    this.update();
  }

  /** Leave without saving. */
  close() {
    this.history = new History(this.saved);
    this.rest();
    this.draw(this.saved);
  }

  rest() {
    this.arm(null);
    this.panel.close();
    this.loupe.hide();
    for (const handle of Object.values(this.handles)) handle.hidden = true;
    zoomOf(this.frame).editing = false;
    zoomOf(this.frame).home();
  }

  // --- moving ---------------------------------------------------------------------------------

  /** @returns {{x: number, y: number}} Pixels of the photo under a pointer. */
  under(event) {
    const { left, top, width, height } = this.photo.getBoundingClientRect();
    return {
      x: ((event.clientX - left) / width) * this.size.width,
      y: ((event.clientY - top) / height) * this.size.height,
    };
  }

  grab(name, event) {
    const [at, pointer] = [this.position(name), this.under(event)];
    this.held = { name, moved: false, dx: at.x - pointer.x, dy: at.y - pointer.y };
  }

  drag(event) {
    const pointer = this.under(event);
    const to = { x: pointer.x + this.held.dx, y: pointer.y + this.held.dy };
    this.change(this.moved(this.held.name, to), this.held.moved);
    this.held.moved = true;
    this.magnify(this.held.name);
  }

  drop(cancelled) {
    if (cancelled && this.held.moved) this.history.undo();
    this.held = null;
    this.loupe.hide();
    this.update();
  }

  nudge(name, x, y, again) {
    const { now } = this.history;
    if (name === "level") {
      // Right and up raise the right end of the horizontal.
      this.change({ ...now, level: this.level(this.roll(now) + (x - y) * LEVEL_STEP_DEG) }, again);
    } else {
      const to = { x: now[name].x + x, y: now[name].y + y };
      this.change(this.moved(name, to), again);
    }
    this.magnify(name);
  }

  /** Put the point that was chosen where the photo is clicked: no dragging needed. */
  place(event) {
    if (!this.placing) return;
    const name = this.placing;
    this.arm(null);
    this.change(this.moved(name, this.under(event)), false);
  }

  arm(name) {
    this.placing = name === this.placing ? null : name;
    if (this.placing) this.frame.scrollIntoView({ block: "nearest" });
    this.frame.classList.toggle("placing", this.placing !== null);
    this.panel.showPlacing(this.placing);
  }

  reset(name) {
    const { now } = this.history;
    const first = this.start(now.head);
    this.history.push({ ...now, [name]: first[name] });
  }

  /** The head lies elsewhere: points that nobody touched turn with it. */
  turn(head) {
    const { now } = this.history;
    const untouched = !this.data.found && !this.touched(now);
    this.history.push(untouched ? this.start(head) : { ...now, head });
  }

  touched(state) {
    const first = this.start(state.head);
    return JOINTS.some((joint) => isMoved(state[joint], asPoint(first[joint])));
  }

  /** @returns {State} With one point elsewhere; the level's end turns the horizontal. */
  moved(name, to) {
    const { now } = this.history;
    if (name === "level") {
      return { ...now, level: this.level(rollThrough(now.hip, to, now.head)) };
    }
    return { ...now, [name]: inside(to, this.size) };
  }

  /** @returns {number | null} The level in tenths of a degree; null where it is the photo's. */
  level(deg) {
    const most = this.data.constants.max_roll_deg;
    const level = rounded(Math.min(Math.max(deg, -most), most));
    return level === this.own.level.roll_deg ? null : level;
  }

  roll(state) {
    return state.level ?? this.own.level.roll_deg;
  }

  change(next, again) {
    if (again) this.history.amend(next);
    else this.history.push(next);
    this.update();
  }

  // --- showing --------------------------------------------------------------------------------

  position(name) {
    const { now } = this.history;
    if (name !== "level") return now[name];
    return levelEnd(now, this.roll(now), now.head, this.size, this.data.drawing);
  }

  magnify(name) {
    const at = this.position(name);
    this.loupe.show(at.x / this.size.width, at.y / this.size.height);
  }

  update() {
    const { now } = this.history;
    this.draw(now);
    const ready = now.head !== null;
    for (const [name, handle] of Object.entries(this.handles)) {
      handle.hidden = !ready || !this.panel.isOpen;
      if (ready) placeHandle(handle, this.describe(name));
    }
    const first = this.start(now.head);
    this.panel.show({
      state: now,
      first,
      result: ready ? score(now, this.data) : null,
      own: this.own,
      roll: this.roll(now),
      canUndo: this.history.past.length > 0,
      canRedo: this.history.future.length > 0,
    });
  }

  describe(name) {
    const { tilt, place: where } = this.data.texts;
    const at = this.position(name);
    const place = { left: (100 * at.x) / this.size.width, top: (100 * at.y) / this.size.height };
    if (name === "level") {
      const [roll, most] = [this.roll(this.history.now), this.data.constants.max_roll_deg];
      return { ...place, min: -most, max: most, now: roll, text: fill(tilt, { angle: signed(roll) }) };
    }
    const text = fill(where, { x: Math.round(at.x), y: Math.round(at.y) });
    return { ...place, min: 0, max: this.size.width, now: at.x, text };
  }

  draw(state) {
    const svg = this.frame.querySelector("svg.layer");
    // A refused photo shows what was found, and no more, until points have been saved.
    const refused = !this.data.measurement.points && !this.panel.isOpen;
    const lines = refused ? this.found() : this.lines(state);
    svg.classList.toggle("refused", refused);
    for (const path of findAll(svg, "[data-line]")) {
      path.setAttribute("d", lines[path.dataset.line] ?? "");
    }
    const before = this.own.points && limbs(this.start(state.head));
    const was = before && this.touched(state) ? before.thigh + before.shank : "";
    for (const path of svg.querySelectorAll("[data-was]")) path.setAttribute("d", was);
  }

  lines(state) {
    return state.head === null ? {} : layer(state, this.roll(state), state.head, this.size, this.data.drawing);
  }

  found() {
    const [hip, knee, ankle] = foundChain(this.data) ?? [];
    return hip ? limbs({ hip, knee, ankle }) : {};
  }

  // --- keeping --------------------------------------------------------------------------------

  async save() {
    const change = correctionOf(this.history.now, this.panel.leg, this.data);
    this.panel.busy(true);
    const failure = await rejudge(() => ({ changes: { [this.leg.dataset.leg]: change } }));
    if (failure !== null) {
      this.panel.busy(false);
      this.panel.fail(failure || this.data.texts.no_answer);
      return;
    }
    window.scrollTo(0, 0); // where the answer begins
  }
}

/** As the server writes a point. */
function asPoint({ x, y }) {
  return { x_px: x, y_px: y };
}
