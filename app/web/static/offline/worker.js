/**
 * Service worker: keeps the pages that hold nothing of anybody, and their static files, for the time
 * without a connection. Results, photos and whatever is posted pass it by and are never kept.
 *
 * It is served as sw.js, with the list of files in front (app/web/offline.py). Another list is
 * another worker, with a cache of its own; the old one is deleted.
 *
 * @typedef {{version: string, base: string, pages: string[], files: string[]}} Shell
 *   Addresses relative to the start page; `base` is where the static files are.
 */
const worker = /** @type {any} */ (self);
const shell = /** @type {Shell} */ (worker.SHELL);
const ROOT = new URL("./", worker.location.href).href;
const OWN = `thomas-test ${ROOT} `; // beside those of other prefixes on the same host
const CACHE = OWN + shell.version;
const pages = new Set(shell.pages.map((path) => new URL(path, ROOT).href));
const files = new Set(shell.files.map((path) => new URL(path, ROOT).href));

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOld()));
worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET") return;
  if (files.has(url)) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate" && pages.has(url)) event.respondWith(page(event));
});

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...files]);
  await cache.addAll([...pages].map((url) => new Request(url, { cache: "reload" })));
  await worker.skipWaiting();
}

async function forgetOld() {
  const old = (await caches.keys()).filter((name) => name.startsWith(OWN) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** A static file never changes under its address. @param {Request} request */
async function file(request) {
  return (await kept(request.url)) ?? fetch(request);
}

/** The newest page, in the language chosen last; without a connection, the last one seen. */
async function page(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) event.waitUntil(keep(request.url, answer.clone()));
    return answer;
  } catch (error) {
    const last = await kept(request.url);
    if (last) return last;
    throw error;
  }
}

/** Only together with the files that belong to it. @param {string} url @param {Response} answer */
async function keep(url, answer) {
  const copy = answer.clone();
  if (!(await answer.text()).includes(shell.base)) return;
  await (await caches.open(CACHE)).put(url, copy);
}

/** @param {string} url */
async function kept(url) {
  return (await caches.open(CACHE)).match(url, { ignoreVary: true });
}
