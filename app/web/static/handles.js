/**
 * Handles over the photo: moved with mouse, finger, pen or arrow keys. They only say what was
 * asked for; where that leads is the editor's affair.
 *
 * @typedef {{grab: (name: string, event: PointerEvent) => void,
 *            drag: (name: string, event: PointerEvent) => void,
 *            drop: (name: string, cancelled: boolean) => void,
 *            nudge: (name: string, x: number, y: number, again: boolean) => void,
 *            leave: (name: string) => void}} Asked
 *   ``nudge``: steps to the right and down; ``again``: the key is held.
 */

const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};
const LARGE_STEP = 10;

/**
 * @param {string} name
 * @param {string} label
 * @param {Asked} asked
 * @returns {HTMLElement}
 */
export function createHandle(name, label, asked) {
  const handle = document.createElement("div");
  handle.className = `handle ${name}`;
  handle.dataset.handle = name;
  handle.tabIndex = 0;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", label);
  listenToPointer(handle, name, asked);
  handle.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const size = event.shiftKey ? LARGE_STEP : 1;
    asked.nudge(name, way[0] * size, way[1] * size, event.repeat);
  });
  handle.addEventListener("blur", () => asked.leave(name));
  return handle;
}

function listenToPointer(handle, name, asked) {
  let pointer = null;
  const stop = (cancelled) => {
    if (pointer === null) return;
    pointer = null;
    handle.classList.remove("held");
    asked.drop(name, cancelled);
  };
  handle.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    event.preventDefault();
    pointer = event.pointerId;
    handle.setPointerCapture(pointer);
    handle.classList.add("held");
    handle.focus({ preventScroll: true });
    asked.grab(name, event);
  });
  handle.addEventListener("pointermove", (event) => {
    if (event.pointerId === pointer) asked.drag(name, event);
  });
  handle.addEventListener("pointerup", (event) => event.pointerId === pointer && stop(false));
  handle.addEventListener("pointercancel", (event) => event.pointerId === pointer && stop(true));
  handle.addEventListener("keydown", (event) => event.key === "Escape" && stop(true));
}

/**
 * @param {HTMLElement} handle
 * @param {{left: number, top: number, min: number, max: number, now: number, text: string}} at
 *   ``left`` and ``top`` in per cent of the photo; the rest as a slider is described.
 */
export function placeHandle(handle, at) {
  handle.style.left = `${at.left}%`;
  handle.style.top = `${at.top}%`;
  handle.setAttribute("aria-valuemin", String(at.min));
  handle.setAttribute("aria-valuemax", String(at.max));
  handle.setAttribute("aria-valuenow", String(at.now));
  handle.setAttribute("aria-valuetext", at.text);
}
