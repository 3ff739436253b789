/**
 * The list as one file, encrypted as it is stored: it opens with the passphrase of the list it
 * came from.
 *
 * @typedef {import("./vault.js").Vault} Vault
 * @typedef {import("./store.js").Row} Row
 * @typedef {import("./store.js").Room} Room
 * @typedef {{vault: Vault, records: Row[], pictures: Row[]}} Content
 */
import { load, opened, pictureId, row, state } from "./list.js";
import { change, readAll, readVault } from "./store.js";
import { isVault, openVault, seal, unseal } from "./vault.js";

const FORMAT = "thomas-test-clients";

/** The file is not an exported client list, or it is damaged. */
export class NotAList extends Error {}

/** @returns {Promise<Blob>} */
export async function exported() {
  const content = {
    format: FORMAT,
    vault: await readVault(),
    records: await readAll("records"),
    pictures: await readAll("pictures"),
  };
  const text = JSON.stringify(content, (_, value) => (value instanceof Uint8Array ? base64(value) : value));
  return new Blob([text], { type: "application/json" });
}

/**
 * Add what the file holds and the list does not. Without a list, the file's becomes it.
 * @param {string} text
 * @param {string} passphrase  Of the file.
 * @returns {Promise<number>} How many results and clients were added.
 * @throws {NotAList | import("./vault.js").WrongPassphrase}
 */
export async function imported(text, passphrase) {
  const content = parsed(text);
  const theirs = await openVault(content.vault, passphrase);
  const entries = await Promise.all(content.records.map((one) => opens(theirs, one.id, one)));
  if ((await state()) === "none") {
    await adopt(content, theirs);
    return entries.filter((one) => one.kind !== "settings").length;
  }
  const own = opened();
  const fresh = entries.filter((one) => !own.entries.has(one.id));
  const ids = new Set(fresh.map((one) => one.id));
  const records = fresh.map(async (one) => of("records", await row(own.key, one)));
  const pictures = content.pictures.filter((one) => ids.has(one.id)).map(async ({ id, ...sealed }) => {
    const value = await opens(theirs, pictureId(id), sealed);
    return of("pictures", { id, ...(await seal(own.key, pictureId(id), value)) });
  });
  const put = await Promise.all([...records, ...pictures]);
  await change(own.vault.id, { put });
  for (const one of fresh) own.entries.set(one.id, one);
  return fresh.length;
}

/** @param {Content} content @param {CryptoKey} key */
async function adopt({ vault, records, pictures }, key) {
  /** @type {[Room, Row][]} */
  const put = [...records.map((one) => of("records", one)), ...pictures.map((one) => of("pictures", one))];
  await change(null, { vault, put });
  await load(vault, key);
}

/** @param {Room} room @param {Row} one @returns {[Room, Row]} */
function of(room, one) {
  return [room, one];
}

/** @param {CryptoKey} key @param {string} id @param {import("./vault.js").Sealed} sealed */
async function opens(key, id, sealed) {
  try {
    return await unseal(key, id, sealed);
  } catch (error) {
    throw new NotAList("", { cause: error });
  }
}

/** @param {string} text @returns {Content} */
function parsed(text) {
  try {
    const found = JSON.parse(text, (name, value) => (BINARY.has(name) ? bytes(value) : value));
    const rows = [...found.records, ...found.pictures];
    const whole = rows.every((one) => typeof one.id === "string" && one.iv.length === 12);
    if (found.format === FORMAT && isVault(found.vault) && whole) return found;
  } catch {
    // said below
  }
  throw new NotAList();
}

const BINARY = new Set(["iv", "data", "salt"]);

/** @param {Uint8Array} value */
function base64(value) {
  let text = "";
  for (let at = 0; at < value.length; at += 0x8000) {
    text += String.fromCharCode(...value.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

/** @param {string} text */
function bytes(text) {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}
