/**
 * The page of the clients: names, and the results of the chosen client. Only this browser takes part.
 *
 * @typedef {import("./list.js").Kept} Kept
 */
import { showClient } from "./client.js";
import { exported, imported } from "./exchange.js";
import * as list from "./list.js";
import { daysOf, listenToGates, onSubmit, samePassphrase, showState, words } from "./parts.js";

/** @type {HTMLElement} */
let root;
/** @type {string | null} Id of the client that is shown. */
let chosen = null;

/** @param {HTMLElement} main */
export function start(main) {
  root = main.querySelector("[data-clients]");
  chosen = null;
  listenToGates(root, (deleted, damaged) => {
    show();
    if (deleted) say(words("deleted_old", { n: deleted }));
    if (damaged) say(words("damaged", { n: damaged }));
  });
  listenToForms();
  onClick("lock", list.lock);
  onClick("export", save);
  onClick("remove-client", removeClient);
  onClick("remove-all", removeAll);
  window.addEventListener(list.LOCKED, show);
  show();
}

function listenToForms() {
  onSubmit(root, "add", async (fields) => {
    const client = await list.addClient(String(fields.get("name")).trim());
    choose(client.id);
  });
  onSubmit(root, "bring-in", async (fields) => {
    const file = /** @type {File} */ (fields.get("file"));
    const n = await imported(await file.text(), String(fields.get("passphrase")));
    await show();
    say(words("imported", { n }));
  });
  onSubmit(root, "passphrase", async (fields) => {
    await list.changePassphrase(String(fields.get("before")), samePassphrase(fields));
    say(words("passphrase_changed"));
  });
  onSubmit(root, "days", async (fields, form) => {
    const deleted = await list.setDays(daysOf(fields));
    form.querySelector("input").defaultValue = String(list.days() ?? "");
    draw();
    say(deleted ? words("deleted_old", { n: deleted }) : words("days_saved"));
  });
}

/** Show what the state of the list allows. */
async function show() {
  const state = await showState(root);
  /** @type {HTMLElement} */ (root.querySelector("[data-gates]")).hidden = state === "open";
  if (state === "open") draw();
  else clear();
}

/** Leave nothing of the list in the page. */
function clear() {
  chosen = null;
  for (const part of root.querySelectorAll("[data-names], [data-results], [data-trends]")) {
    part.replaceChildren();
  }
  root.querySelector("#client-name").textContent = "…";
  /** @type {HTMLElement} */ (root.querySelector("[data-client]")).hidden = true;
}

function draw() {
  const all = list.clients();
  const names = all.map(({ id, name }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "name";
    button.setAttribute("aria-pressed", String(id === chosen));
    const [own, help] = [document.createElement("strong"), document.createElement("span")];
    const n = list.resultsOf(id).length;
    own.textContent = name;
    own.translate = false;
    help.textContent = n === 1 ? words("count_one") : words("count", { n });
    button.append(own, " ", help);
    button.addEventListener("click", () => choose(id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  root.querySelector("[data-names]").replaceChildren(...names);
  /** @type {HTMLElement} */ (root.querySelector("[data-empty]")).hidden = all.length > 0;
  const days = /** @type {HTMLInputElement} */ (root.querySelector('form[data-do="days"] input'));
  days.value = days.defaultValue = String(list.days() ?? "");
  const client = all.find(({ id }) => id === chosen);
  const section = /** @type {HTMLElement} */ (root.querySelector("[data-client]"));
  section.hidden = !client;
  if (client) showClient(section, client, list.resultsOf(client.id), removeResult);
}

/** @param {string} id */
function choose(id) {
  chosen = id;
  say("");
  draw();
  /** @type {HTMLElement} */ (root.querySelector("#client-name")).focus();
}

/** @param {Kept} kept @param {string} day  In words. */
async function removeResult(kept, day) {
  if (!(await confirmed(words("ask_result", { day })))) return;
  await list.remove([kept.id]);
  draw();
}

async function removeClient() {
  const { id, name } = list.clients().find((one) => one.id === chosen);
  if (!(await confirmed(words("ask_client", { name })))) return;
  await list.remove([id]);
  chosen = null;
  draw();
}

async function removeAll() {
  if (!(await confirmed(words("ask_all")))) return;
  await list.removeAll();
  show();
}

async function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await exported());
  link.download = `thomas-test-clients-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
  say(words("exported"));
}

/** @param {string} question @returns {Promise<boolean>} */
function confirmed(question) {
  const box = /** @type {HTMLDialogElement} */ (document.getElementById("confirm"));
  box.querySelector("p").textContent = question;
  box.returnValue = "no";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}

/** @param {string} name @param {() => void} act */
function onClick(name, act) {
  for (const one of root.querySelectorAll(`button[data-do="${name}"]`)) one.addEventListener("click", act);
}

/** @param {string} text */
function say(text) {
  root.querySelector("[data-said]").textContent = text;
}
