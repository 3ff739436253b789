/** Printing needs JavaScript; the button shows itself where there is some. */

/** @param {HTMLElement} main */
export function start(main) {
  const button = main.querySelector("#print");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
