/** Printing needs JavaScript; the button shows itself where there is some. */
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
