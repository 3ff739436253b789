/** A magnifier beside the finger that hides what it points at. Decoration: hidden from readers. */
const SIZE_PX = 128;
const ZOOM = 3;
const DISTANCE_PX = 96;

export class Loupe {
  /**
   * @param {HTMLElement} frame  What the photo fills.
   * @param {HTMLImageElement} photo
   */
  constructor(frame, photo) {
    this.frame = frame;
    this.photo = photo;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "loupe";
    this.canvas.hidden = true;
    this.canvas.setAttribute("aria-hidden", "true");
    frame.append(this.canvas);
    window.addEventListener("resize", () => this.hide()); // a turned phone: it would lie outside
  }

  /**
   * @param {number} x  Share of the photo's width, 0..1.
   * @param {number} y  Share of its height, 0..1.
   */
  show(x, y) {
    const photo = this.photo.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const half = SIZE_PX / 2;
    const at = { x: photo.left - frame.left + x * photo.width, y: photo.top - frame.top + y * photo.height };
    const above = at.y - DISTANCE_PX;
    // Above the finger, or below it where the window ends.
    const fits = frame.top + above - half > 0;
    this.canvas.style.left = `${Math.min(Math.max(at.x, half), frame.width - half)}px`;
    this.canvas.style.top = `${fits ? above : at.y + DISTANCE_PX}px`;
    this.canvas.hidden = false;
    this.paint(x, y, photo.width);
  }

  hide() {
    this.canvas.hidden = true;
  }

  paint(x, y, shownWidth) {
    const sharp = window.devicePixelRatio || 1;
    const side = Math.round(SIZE_PX * sharp);
    this.canvas.width = side;
    this.canvas.height = side;
    const { naturalWidth, naturalHeight } = this.photo;
    const seen = (SIZE_PX / ZOOM) * (naturalWidth / shownWidth);
    const pen = this.canvas.getContext("2d");
    pen.drawImage(
      this.photo, x * naturalWidth - seen / 2, y * naturalHeight - seen / 2, seen, seen,
      0, 0, side, side,
    );
    cross(pen, side, "#101820", 4 * sharp);
    cross(pen, side, "#ffffff", 1.5 * sharp);
  }
}

function cross(pen, side, colour, width) {
  const [middle, gap, arm] = [side / 2, side / 14, side / 5];
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  for (const way of [-1, 1]) {
    pen.moveTo(middle + way * gap, middle);
    pen.lineTo(middle + way * arm, middle);
    pen.moveTo(middle, middle + way * gap);
    pen.lineTo(middle, middle + way * arm);
  }
  pen.stroke();
}
