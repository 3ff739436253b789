/**
 * A photo that can be looked at more closely: on small screens it begins cropped to the leg, a tap
 * shows all of it; while points are set, two fingers, a double tap, the wheel or the buttons zoom.
 * The sheet with photo and lines grows inside its frame, so that lines and handles keep their size.
 *
 * @typedef {{x: number, y: number}} Point  Shares of the photo, 0 to 1.
 */

const MOST = 6;
/** Share of the frame that the leg fills when the photo is cropped to it. */
const FILL = 0.72;
/** Share of the frame that the leg may fill together with its labels. */
const ROOM = 0.94;
/** Of a digit or sign of the labels, at most, as a share of their size. */
const WIDTH_OF_A_SIGN = 0.68;
const SMALL_SCREEN = "(max-width: 40rem)";
const DOUBLE_TAP = 2.5;

/** @type {WeakMap<Element, Zoom>} */
const zooms = new WeakMap();

/** @param {HTMLElement} frame  The ``.photo`` of a leg. @returns {Zoom} */
export function startZoom(frame) {
  const zoom = new Zoom(frame);
  zooms.set(frame, zoom);
  return zoom;
}

/** @param {Element} frame @returns {Zoom} */
export function zoomOf(frame) {
  return zooms.get(frame);
}

export class Zoom {
  /** @param {HTMLElement} frame */
  constructor(frame) {
    this.frame = frame;
    this.sheet = /** @type {HTMLElement} */ (frame.querySelector(".sheet"));
    const { width, height } = frame.querySelector("svg").viewBox.baseVal;
    this.tall = height / width;
    /** @type {HTMLElement} */ (frame.querySelector(".window")).style.setProperty("aspect-ratio", `${width} / ${height}`);
    frame.style.setProperty("--wide", String(width / height));
    this.editing = false;
    this.fingers = new Map();
    this.home();
    frame.addEventListener("click", () => this.tapped());
    frame.addEventListener("dblclick", (event) => this.doubled(event));
    frame.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.down(event));
    frame.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      frame.addEventListener(end, (event) => this.fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
    }
  }

  /** The whole photo; on small screens, the leg. */
  home() {
    const leg = matchMedia(SMALL_SCREEN).matches ? this.leg() : null;
    this.isHome = leg !== null;
    if (leg) this.show(leg.scale, leg.centre);
    else this.show(1, { x: 0.5, y: 0.5 });
  }

  /** @returns {{scale: number, centre: Point} | null} Where the drawn leg is. */
  leg() {
    const paths = ["thigh", "shank"].map((name) => this.frame.querySelector(`[data-line="${name}"].line`));
    const numbers = paths.flatMap((path) => (path?.getAttribute("d") ?? "").match(/-?[\d.]+/g) ?? []);
    if (numbers.length < 8) return null;
    const { width, height } = this.frame.querySelector("svg").viewBox.baseVal;
    const xs = numbers.filter((_, at) => at % 2 === 0).map((one) => Number(one) / width);
    const ys = numbers.filter((_, at) => at % 2 === 1).map((one) => Number(one) / height);
    const filled = FILL / span(xs, ys);
    for (const label of this.frame.querySelectorAll("text")) {
      const [x, y, size] = ["x", "y", "font-size"].map((name) => Number(label.getAttribute(name)));
      const half = (WIDTH_OF_A_SIGN / 2) * size * label.textContent.length;
      xs.push((x - half) / width, (x + half) / width);
      ys.push((y - size) / height, (y + size / 2) / height);
    }
    const scale = Math.min(Math.max(Math.min(filled, ROOM / span(xs, ys)), 1), MOST);
    return { scale, centre: { x: middle(xs), y: middle(ys) } };
  }

  /**
   * @param {number} scale  1 shows the whole photo.
   * @param {Point} centre  Of the photo, in the middle of the frame where the edges allow it.
   */
  show(scale, centre) {
    this.scale = Math.min(Math.max(scale, 1), MOST);
    const half = 0.5 / this.scale;
    const within = (value) => Math.min(Math.max(value, half), 1 - half);
    this.centre = { x: within(centre.x), y: within(centre.y) };
    const style = this.sheet.style;
    style.setProperty("width", `${100 * this.scale}%`);
    style.setProperty("left", `${-100 * (this.centre.x * this.scale - 0.5)}%`);
    // A margin, as its percentage is one of the frame's width, which is known everywhere.
    style.setProperty("margin-top", `${-100 * this.tall * (this.centre.y * this.scale - 0.5)}%`);
    this.frame.classList.toggle("zoomed", this.scale > 1);
  }

  /** Zoom by a factor around a point that stays where it is. */
  by(factor, around) {
    const scale = Math.min(Math.max(this.scale * factor, 1), MOST);
    const share = 1 - this.scale / scale;
    this.show(scale, {
      x: this.centre.x + (around.x - this.centre.x) * share,
      y: this.centre.y + (around.y - this.centre.y) * share,
    });
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} */
  under({ clientX, clientY }) {
    const { left, top, width, height } = this.sheet.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  tapped() {
    if (this.editing || !this.leg()) return;
    if (this.isHome && this.scale > 1) {
      this.isHome = false;
      this.show(1, { x: 0.5, y: 0.5 });
    } else {
      this.home();
    }
  }

  doubled(event) {
    if (!this.editing) return;
    if (this.scale > 1.5) this.show(1, { x: 0.5, y: 0.5 });
    else this.by(DOUBLE_TAP, this.under(event));
  }

  wheeled(event) {
    if (!this.editing) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / 400), this.under(event));
  }

  down(event) {
    if (!this.editing || event.target.closest(".handle")) return;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other) {
      const middlePoint = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 };
      this.by(distance(now, other) / Math.max(distance(before, other), 1), this.under(middlePoint));
    } else {
      const { width, height } = this.sheet.getBoundingClientRect();
      this.show(this.scale, {
        x: this.centre.x - (now.x - before.x) / width,
        y: this.centre.y - (now.y - before.y) / height,
      });
    }
    this.fingers.set(event.pointerId, now);
  }
}

function span(...axes) {
  return Math.max(...axes.map((values) => Math.max(...values) - Math.min(...values)));
}

function middle(values) {
  return (Math.min(...values) + Math.max(...values)) / 2;
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
