/**
 * The client list: locked or open, and what can be done with it. Nothing here uses the network.
 *
 * @typedef {import("./results.js").Result} Result
 * @typedef {import("./results.js").Side} Side
 * @typedef {import("./vault.js").Vault} Vault
 * @typedef {import("./store.js").Row} Row
 * @typedef {{id: string, kind: "client", name: string, added: string}} Client
 * @typedef {{jpeg: string, scale: number}} Picture  A data URL, and its pixels per pixel of the photo.
 * @typedef {Partial<Record<Side, Picture>>} Pictures
 * @typedef {{id: string, kind: "result", client: string, on: string, kept: string, result: Result, pictured: Side[]}} Kept
 *   `on` is the day of the measurement, `kept` the moment of storing.
 * @typedef {{id: "settings", kind: "settings", days: number | null}} Settings
 * @typedef {Client | Kept | Settings} Entry
 */
import { change, destroy, read, readAll, readVault } from "./store.js";
import { canEncrypt, newVault, openVault, seal, unseal, withPassphrase } from "./vault.js";

export const LOCKED = "clients-locked"; // event of the window
export const MIN_PASSPHRASE = 12; // characters
const DAY_MS = 24 * 3600 * 1000;
const SETTINGS = "settings";

/** @type {{vault: Vault, key: CryptoKey, entries: Map<string, Entry>} | null} */
let open = null;

/** @returns {Promise<"insecure" | "no_storage" | "none" | "locked" | "open">} */
export async function state() {
  if (!canEncrypt()) return "insecure";
  try {
    const vault = await readVault();
    if (open && open.vault.id !== vault?.id) lock(); // replaced in another window
    return open ? "open" : vault ? "locked" : "none";
  } catch {
    return "no_storage";
  }
}

/** Create an empty list. @param {string} passphrase @param {number | null} days */
export async function create(passphrase, days) {
  const { vault, key } = await newVault(passphrase);
  await change(null, { vault, put: [["records", await row(key, settings(days))]] });
  void navigator.storage?.persist?.(); // asks not to be cleared when space runs short
  await load(vault, key);
}

/**
 * Open the list, and delete what is older than the chosen number of days.
 * @param {string} passphrase
 * @returns {Promise<{deleted: number, damaged: number}>} Results that were too old; unreadable records.
 * @throws {import("./vault.js").WrongPassphrase}
 */
export async function unlock(passphrase) {
  const vault = /** @type {Vault} */ (await readVault());
  return load(vault, await openVault(vault, passphrase));
}

/** @param {Vault} vault @param {CryptoKey} key */
export async function load(vault, key) {
  const rows = await readAll("records");
  const read = await Promise.allSettled(rows.map((one) => unseal(key, one.id, one)));
  const entries = read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  open = { vault, key, entries: new Map(entries.map((one) => [one.id, one])) };
  window.addEventListener("pagehide", lock, { once: true });
  return { deleted: await forgetOld(Date.now()), damaged: rows.length - entries.length };
}

/** Forget the key and everything that it opened. */
export function lock() {
  if (!open) return;
  open = null;
  window.dispatchEvent(new Event(LOCKED));
}

/** @param {string} before @param {string} after @throws {import("./vault.js").WrongPassphrase} */
export async function changePassphrase(before, after) {
  const own = opened();
  const vault = await withPassphrase(own.vault, before, after);
  await change(own.vault.id, { vault });
  own.vault = vault;
}

/** @returns {Client[]} By name. */
export function clients() {
  const found = entries().filter((one) => one.kind === "client");
  return found.sort((one, other) => one.name.localeCompare(other.name));
}

/** @param {string} client @returns {Kept[]} From the earliest to the latest measurement. */
export function resultsOf(client) {
  const found = entries().filter((one) => one.kind === "result" && one.client === client);
  const when = ({ on, kept }) => on + kept;
  return /** @type {Kept[]} */ (found).sort((one, other) => (when(one) < when(other) ? -1 : 1));
}

/** @param {string} name @returns {Promise<Client>} */
export async function addClient(name) {
  /** @type {Client} */
  const client = { id: crypto.randomUUID(), kind: "client", name, added: now() };
  await write(client);
  return client;
}

/**
 * @param {string} client
 * @param {string} on  The day, as 2026-11-26.
 * @param {Result} result
 * @param {Pictures} pictures
 */
export async function keep(client, on, result, pictures) {
  const own = opened();
  const id = crypto.randomUUID();
  const pictured = /** @type {Side[]} */ (Object.keys(pictures));
  /** @type {Kept} */
  const entry = { id, kind: "result", client, on, kept: now(), result, pictured };
  /** @type {[import("./store.js").Room, Row][]} */
  const put = [["records", await row(own.key, entry)]];
  if (pictured.length) {
    put.push(["pictures", { id, ...(await seal(own.key, pictureId(id), pictures)) }]);
  }
  await change(own.vault.id, { put });
  own.entries.set(id, entry);
}

/** @param {string} id  Of a result. @returns {Promise<Pictures>} */
export async function picturesOf(id) {
  const stored = await read("pictures", id);
  return stored ? unseal(opened().key, pictureId(id), stored) : {};
}

/** @param {string[]} ids  Of results and clients; with a client go all its results. */
export async function remove(ids) {
  const own = opened();
  const all = ids.flatMap((id) => [id, ...resultsOf(id).map((one) => one.id)]);
  await change(own.vault.id, { remove: all.flatMap((id) => [["records", id], ["pictures", id]]) });
  for (const id of all) own.entries.delete(id);
}

/** Delete the list with everything in it. */
export async function removeAll() {
  await destroy();
  lock();
}

/** @returns {number | null} After how many days results are deleted; null: never. */
export function days() {
  return /** @type {Settings | undefined} */ (opened().entries.get(SETTINGS))?.days ?? null;
}

/** @param {number | null} chosen @returns {Promise<number>} How many results were deleted. */
export async function setDays(chosen) {
  await write(settings(chosen));
  return forgetOld(Date.now());
}

/** @returns {{vault: Vault, key: CryptoKey, entries: Map<string, Entry>}} */
export function opened() {
  if (!open) throw new Error("The client list is locked.");
  return open;
}

/** @param {string} id  Of a result. @returns {string} What its pictures are bound to. */
export function pictureId(id) {
  return `pictures of ${id}`;
}

/** @param {CryptoKey} key @param {Entry} entry @returns {Promise<Row>} */
export async function row(key, entry) {
  return { id: entry.id, ...(await seal(key, entry.id, entry)) };
}

/** Delete old results, and clients of whom nothing newer is left. @param {number} today  Milliseconds. */
async function forgetOld(today) {
  const limit = days();
  if (limit === null) return 0;
  const old = ({ on }) => today - Date.parse(on) > limit * DAY_MS;
  const results = entries().filter((one) => one.kind === "result" && old(one));
  const gone = new Set(results.map((one) => one.id));
  const idle = clients().filter(
    ({ id, added }) => old({ on: added }) && resultsOf(id).every((one) => gone.has(one.id)),
  );
  if (gone.size || idle.length) await remove([...gone, ...idle.map((one) => one.id)]);
  return gone.size;
}

/** @param {Entry} entry */
async function write(entry) {
  const own = opened();
  await change(own.vault.id, { put: [["records", await row(own.key, entry)]] });
  own.entries.set(entry.id, entry);
}

/** @param {number | null} chosen @returns {Settings} */
function settings(chosen) {
  return { id: SETTINGS, kind: "settings", days: chosen };
}

function entries() {
  return [...opened().entries.values()];
}

function now() {
  return new Date().toISOString();
}
