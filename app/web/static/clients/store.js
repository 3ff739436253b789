/**
 * The browser's database: encrypted records and what is needed to open them with the passphrase.
 *
 * @typedef {import("./vault.js").Vault} Vault
 * @typedef {import("./vault.js").Sealed} Sealed
 * @typedef {Sealed & {id: string}} Row
 * @typedef {"records" | "pictures"} Room
 */
const NAME = "thomas-test-clients";
const ROOMS = /** @type {const} */ (["vault", "records", "pictures"]);

/** The list was replaced or deleted in another window. */
export class ListChanged extends Error {}

/** @type {Promise<IDBDatabase | null> | null} */
let opened = null;

/** @returns {Promise<Vault | null>} Null if there is no list; nothing is created by asking. */
export async function readVault() {
  const found = await database(false);
  if (!found) return null;
  const [vault] = await answer(found.transaction("vault").objectStore("vault").getAll());
  return vault ?? null;
}

/** @param {Room} room @returns {Promise<Row[]>} */
export async function readAll(room) {
  return answer((await existing()).transaction(room).objectStore(room).getAll());
}

/** @param {Room} room @param {string} id @returns {Promise<Row | undefined>} */
export async function read(room, id) {
  return answer((await existing()).transaction(room).objectStore(room).get(id));
}

/**
 * Write and delete in one step: all or nothing.
 * @param {string | null} owner  Id of the vault to which the list must still belong; null for a new one.
 * @param {{vault?: Vault, put?: [Room, Row][], remove?: [Room, string][]}} changes
 * @throws {ListChanged}
 */
export async function change(owner, { vault, put = [], remove = [] }) {
  const found = owner === null ? await database(true) : await existing();
  const transaction = found.transaction(ROOMS, "readwrite");
  const [stored] = await answer(transaction.objectStore("vault").getAll());
  if ((stored?.id ?? null) !== owner) {
    transaction.abort();
    throw new ListChanged();
  }
  if (vault) transaction.objectStore("vault").put(vault);
  for (const [room, row] of put) transaction.objectStore(room).put(row);
  for (const [room, id] of remove) transaction.objectStore(room).delete(id);
  await completed(transaction);
}

/** Delete the database. */
export async function destroy() {
  (await opened)?.close();
  opened = null;
  await answer(indexedDB.deleteDatabase(NAME));
}

/** @returns {Promise<IDBDatabase>} @throws {ListChanged} */
async function existing() {
  const found = await database(false);
  if (!found) throw new ListChanged();
  return found;
}

/** @param {boolean} create @returns {Promise<IDBDatabase | null>} Null if there is none. */
async function database(create) {
  opened ??= open(create);
  const found = await opened;
  if (!found) opened = null;
  return found;
}

/** @param {boolean} create */
async function open(create) {
  const request = indexedDB.open(NAME, 1);
  let missing = false;
  request.onupgradeneeded = () => {
    missing = !create;
    if (missing) request.transaction.abort(); // leaves no trace
    else for (const room of ROOMS) request.result.createObjectStore(room, { keyPath: "id" });
  };
  const found = await answer(request).catch((error) => {
    if (missing) return null;
    opened = null;
    throw error;
  });
  if (!found) return null;
  found.onversionchange = () => {
    found.close(); // deleted in another window
    opened = null;
  };
  return found;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
