// Comfort only: a preview of the chosen photo and a "Measuring…" button. The form works without.
"use strict";

const file = document.getElementById("file");
const preview = document.getElementById("preview");
const form = document.getElementById("measure");
const send = document.getElementById("send");

function hidePreview() {
  preview.hidden = true;
  preview.removeAttribute("src");
}

file.addEventListener("change", () => {
  hidePreview();
  if (!file.files.length) return;
  const reader = new FileReader();
  reader.onload = () => { preview.src = reader.result; };
  reader.readAsDataURL(file.files[0]);
});
preview.addEventListener("load", () => { preview.hidden = false; });
preview.addEventListener("error", hidePreview); // HEIC, in browsers that cannot show it

function setBusy(busy) {
  form.setAttribute("aria-busy", String(busy));
  send.setAttribute("aria-disabled", String(busy));
  send.querySelector(".idle").hidden = busy;
  send.querySelector(".busy").hidden = !busy;
}

form.addEventListener("submit", (event) => {
  if (form.getAttribute("aria-busy") === "true") event.preventDefault(); // a second click
  else setBusy(true);
});
window.addEventListener("pageshow", () => setBusy(false)); // back from the result
