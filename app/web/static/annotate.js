/** The photo with its lines and angles on a canvas, as the page shows them one over the other. */

/** Widths of lines on the page are pixels of a photo that is shown this wide. */
const SHOWN_PX = 720;

/**
 * @param {Element} photo  The ``.photo`` of a leg.
 * @returns {Promise<HTMLCanvasElement>} Of the photo's own size.
 */
export async function annotated(photo) {
  const image = photo.querySelector("img");
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  const svg = /** @type {SVGSVGElement} */ (photo.querySelector("svg.layer"));
  drawing.scale(canvas.width / svg.viewBox.baseVal.width, canvas.height / svg.viewBox.baseVal.height);
  const unit = svg.viewBox.baseVal.width / SHOWN_PX;
  for (const path of svg.querySelectorAll("path")) drawPath(drawing, path, unit);
  for (const label of svg.querySelectorAll("text")) drawLabel(drawing, label);
  return canvas;
}

/** @param {CanvasRenderingContext2D} drawing @param {SVGPathElement} path @param {number} unit */
function drawPath(drawing, path, unit) {
  const style = getComputedStyle(path);
  if (!path.getAttribute("d") || style.display === "none") return;
  drawing.save();
  drawing.strokeStyle = style.stroke;
  drawing.globalAlpha = Number(style.strokeOpacity) * Number(style.opacity);
  drawing.lineWidth = Number.parseFloat(style.strokeWidth) * unit;
  drawing.lineCap = /** @type {CanvasLineCap} */ (style.strokeLinecap);
  drawing.lineJoin = /** @type {CanvasLineJoin} */ (style.strokeLinejoin);
  const dashes = style.strokeDasharray.match(/[\d.]+/g) ?? [];
  drawing.setLineDash(dashes.map((one) => Number(one) * unit));
  drawing.stroke(new Path2D(path.getAttribute("d")));
  drawing.restore();
}

/** @param {CanvasRenderingContext2D} drawing @param {SVGTextElement} label */
function drawLabel(drawing, label) {
  const style = getComputedStyle(label);
  const size = Number(label.getAttribute("font-size"));
  const place = [Number(label.getAttribute("x")), Number(label.getAttribute("y"))];
  drawing.save();
  drawing.font = `700 ${size}px ${style.fontFamily}`;
  drawing.textAlign = "center";
  drawing.lineJoin = "round";
  drawing.strokeStyle = style.stroke;
  drawing.lineWidth = size / 4;
  drawing.strokeText(label.textContent, place[0], place[1]);
  drawing.fillStyle = style.fill;
  drawing.fillText(label.textContent, place[0], place[1]);
  drawing.restore();
}
