/**
 * The squad page: photos in, a table out. Nothing is stored; leaving asks while a table is unsaved.
 *
 * @typedef {import("./rows.js").Row} Row
 */
import { fill } from "../words.js";
import { STYLES, csv, lineOf } from "./csv.js";
import { Queue } from "./queue.js";
import { doubt, needsALook, sorted } from "./rows.js";
import { Table } from "./table.js";

/** How long the address of a saved file is kept, milliseconds: some browsers read it late. */
const KEEP_MS = 60_000;

class Squad {
  /** @param {HTMLElement} main */
  constructor(main) {
    this.main = main;
    this.data = this.json("#squad-data");
    this.words = this.json("#squad-words");
    this.last = 0;
    this.unsaved = false;
    this.note = ""; // about what was dropped last
    this.queue = new Queue((row) => this.changed(row), () => this.rule.value);
    this.table = new Table(main, this.data, this.words, {
      asked: (row, leg) => this.ask(row, leg),
      again: (row) => this.queue.add(row),
      remove: (row) => this.remove(row),
    });
    this.listen();
    this.tellRule();
  }

  /** @param {string} selector @returns {any} */
  part(selector) {
    return this.main.querySelector(selector);
  }

  /** @param {string} selector @returns {any} */
  json(selector) {
    return JSON.parse(this.part(selector).textContent);
  }

  /** @returns {HTMLSelectElement} */
  get rule() {
    return this.part("#squad-rule");
  }

  listen() {
    const files = /** @type {HTMLInputElement} */ (this.part("#squad-files"));
    const take = () => {
      this.arrive([...(files.files ?? [])]);
      files.value = "";
    };
    files.addEventListener("change", take);
    if (files.files?.length) take(); // chosen before this script was there
    this.rule.addEventListener("change", () => this.judgeAnew());
    this.part(".squad-stop").addEventListener("click", () => this.queue.stop());
    this.part(".squad-again").addEventListener("click", () => {
      for (const row of this.table.rows.filter((one) => doubt(one)[0] === 0)) this.queue.add(row);
    });
    for (const button of this.main.querySelectorAll(".squad-csv")) {
      const { style } = /** @type {HTMLElement} */ (button).dataset;
      button.addEventListener("click", () => this.save(style ?? "plain"));
    }
    window.addEventListener("beforeunload", (event) => {
      if (this.unsaved) event.preventDefault();
    });
    this.listenForDrops();
  }

  listenForDrops() {
    const veil = /** @type {HTMLElement} */ (this.part("#squad-veil"));
    const brings = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    window.addEventListener("dragover", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      veil.hidden = false;
    });
    window.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) veil.hidden = true; // left the window
    });
    window.addEventListener("drop", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      veil.hidden = true;
      this.arrive([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** @param {File[]} files */
  arrive(files) {
    const pictures = files.filter((one) => !one.type || one.type.startsWith("image/"));
    const refused = files.find((one) => !pictures.includes(one));
    const most = Number(this.part("#squad").dataset.most);
    const room = most - this.table.rows.length;
    for (const file of pictures.slice(0, room)) {
      const id = (this.last += 1);
      /** @type {Row} */
      const row = { id, file, person: "", leg: "", state: "waiting", waitS: 0, result: null, problem: null };
      this.table.add(row);
      this.queue.add(row);
    }
    this.part(".squad-scroll").hidden = !this.table.rows.length;
    const left = pictures.length - room;
    this.note = refused ? fill(this.words.kind, { name: refused.name }) : "";
    if (left > 0) this.note = fill(this.words.many, { n: most, left });
    this.tell();
  }

  /** @param {Row} row @param {"left" | "right"} leg */
  ask(row, leg) {
    row.leg = leg;
    this.queue.add(row);
  }

  /** @param {Row} row */
  remove(row) {
    this.queue.drop(row);
    this.table.remove(row);
    this.part(".squad-scroll").hidden = !this.table.rows.length;
    this.tell();
  }

  judgeAnew() {
    this.tellRule();
    for (const row of this.table.rows) this.queue.add(row);
  }

  tellRule() {
    this.part("#squad-made-for").textContent = this.rule.selectedOptions[0]?.dataset.for ?? "";
  }

  /** @param {Row} row */
  changed(row) {
    this.table.show(row);
    if (row.state === "done") this.unsaved = true;
    this.tell();
  }

  /** How far it is. */
  tell() {
    const { rows } = this.table;
    const done = rows.filter((one) => one.state === "done").length;
    const { busy } = this.queue;
    this.part(".squad-running").hidden = !busy;
    this.part("#squad-progress").value = rows.length ? done / rows.length : 0;
    this.part(".squad-again").hidden = busy || !rows.some((one) => doubt(one)[0] === 0);
    const look = rows.filter(needsALook).length;
    const key = busy || !look ? "said" : "said_doubt";
    const progress = rows.length ? fill(this.words[key], { done, n: rows.length, doubt: look }) : "";
    this.say([progress, this.note].filter(Boolean).join(" "));
  }

  /** @param {string} text */
  say(text) {
    const place = this.part(".squad-status");
    if (place.textContent !== text) place.textContent = text;
  }

  /** @param {string} style */
  save(style) {
    const lines = sorted(this.table.rows)
      .filter((row) => row.result || row.problem)
      .map(lineOf);
    const text = csv(lines, this.data.columns, STYLES[style]);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = `${this.words.file} ${new Date().toISOString().slice(0, 10)}.csv`;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
    this.unsaved = false;
  }
}

/** @param {HTMLElement} main */
export function start(main) {
  new Squad(main);
}
