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

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** @returns {Promise<Vault | null>} */
export async function readVault() {
  const [vault] = await answer((await database()).transaction("vault").objectStore("vault").getAll());
  return vault ?? null;
}

/** @param {Room} room @returns {Promise<Row[]>} */
export async function readAll(room) {
  return answer((await database()).transaction(room).objectStore(room).getAll());
}

/** @param {Room} room @param {string} id @returns {Promise<Row | undefined>} */
export async function read(room, id) {
  return answer((await database()).transaction(room).objectStore(room).get(id));
}

/**
 * Write and delete in one step: all or nothing.
 * @param {string | null} owner  Id of the vault to which the list must still belong; null for a new one.
 * @param {{vault?: Vault, put?: [Room, Row][], remove?: [Room, string][]}} changes
 * @throws {ListChanged}
 */
export async function change(owner, { vault, put = [], remove = [] }) {
  const transaction = (await database()).transaction(ROOMS, "readwrite");
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
  if (opened) (await opened).close();
  opened = null;
  await answer(indexedDB.deleteDatabase(NAME));
}

/** @returns {Promise<IDBDatabase>} */
function database() {
  opened ??= open();
  return opened;
}

async function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const room of ROOMS) request.result.createObjectStore(room, { keyPath: "id" });
  };
  const found = await answer(request);
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
