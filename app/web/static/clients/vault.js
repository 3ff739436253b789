/**
 * Encryption of the client list. A random key encrypts the records; the passphrase only encrypts
 * that key, so that a new passphrase does not touch the records.
 *
 * PBKDF2-SHA-256 with a million rounds (OWASP's Password Storage Cheat Sheet, 2023, asks for
 * 600 000), AES-GCM with 256 bits and a fresh 96-bit IV for each encryption (NIST SP 800-38D). The
 * tag of the encrypted key is the check of the passphrase. A record is bound to its id: it cannot
 * pass for another. Its length is padded, so that it does not tell that of a name.
 *
 * @typedef {{iv: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>}} Sealed
 * @typedef {{id: string, version: 1, iterations: number, salt: Uint8Array<ArrayBuffer>, wrapped: Sealed}} Vault
 *   What is stored in the clear: it opens nothing without the passphrase.
 */
const ROUNDS = 1_000_000;
const ROUNDS_ACCEPTED = [600_000, 10_000_000]; // of an imported file: neither weak nor endless
const PADDED_TO = 512; // bytes
const AES = { name: "AES-GCM", length: 256 };

/** The passphrase does not open the list. */
export class WrongPassphrase extends Error {}

/** @returns {boolean} Whether this browser encrypts here: not over plain http in a network. */
export function canEncrypt() {
  return globalThis.isSecureContext && Boolean(globalThis.crypto?.subtle);
}

/**
 * @param {string} passphrase
 * @returns {Promise<{vault: Vault, key: CryptoKey}>}
 */
export async function newVault(passphrase) {
  const extractable = await crypto.subtle.generateKey(AES, true, ["encrypt", "decrypt"]);
  const vault = await wrapped(crypto.randomUUID(), extractable, passphrase);
  const raw = await crypto.subtle.exportKey("raw", extractable);
  return { vault, key: await crypto.subtle.importKey("raw", raw, AES, false, ["encrypt", "decrypt"]) };
}

/**
 * @param {Vault} vault
 * @param {string} passphrase
 * @returns {Promise<CryptoKey>} It cannot be exported: scripts use it, but never see it.
 * @throws {WrongPassphrase}
 */
export function openVault(vault, passphrase) {
  return unwrapped(vault, passphrase, false);
}

/**
 * @param {Vault} vault
 * @param {string} before
 * @param {string} after
 * @returns {Promise<Vault>} The same key under another passphrase.
 * @throws {WrongPassphrase}
 */
export async function withPassphrase(vault, before, after) {
  return wrapped(vault.id, await unwrapped(vault, before, true), after);
}

/**
 * @param {CryptoKey} key
 * @param {string} id
 * @param {unknown} value  Anything that JSON holds.
 * @returns {Promise<Sealed>}
 */
export async function seal(key, id, value) {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const padded = new Uint8Array(Math.ceil(text.length / PADDED_TO) * PADDED_TO).fill(32); // spaces
  padded.set(text);
  const iv = random(12);
  const data = await crypto.subtle.encrypt(gcm(iv, id), key, padded);
  return { iv, data: new Uint8Array(data) };
}

/**
 * @param {CryptoKey} key
 * @param {string} id
 * @param {Sealed} sealed
 * @returns {Promise<any>}
 */
export async function unseal(key, id, { iv, data }) {
  const text = await crypto.subtle.decrypt(gcm(iv, id), key, data);
  return JSON.parse(new TextDecoder().decode(text));
}

/** @param {Vault} vault @returns {boolean} Whether an imported vault may be tried. */
export function isVault(vault) {
  const [least, most] = ROUNDS_ACCEPTED;
  return (
    vault?.version === 1 && typeof vault.id === "string" && Number.isInteger(vault.iterations) &&
    vault.iterations >= least && vault.iterations <= most &&
    vault.salt?.length >= 16 && vault.wrapped?.iv?.length === 12 && vault.wrapped.data?.length === 48
  );
}

/** @param {string} id @param {CryptoKey} key @param {string} passphrase @returns {Promise<Vault>} */
async function wrapped(id, key, passphrase) {
  const [salt, iv] = [random(16), random(12)];
  const own = await derived(passphrase, salt, ROUNDS, "wrapKey");
  const data = await crypto.subtle.wrapKey("raw", key, own, gcm(iv, id));
  const sealed = { iv, data: new Uint8Array(data) };
  return { id, version: 1, iterations: ROUNDS, salt, wrapped: sealed };
}

/** @param {Vault} vault @param {string} passphrase @param {boolean} extractable */
async function unwrapped(vault, passphrase, extractable) {
  const own = await derived(passphrase, vault.salt, vault.iterations, "unwrapKey");
  const { iv, data } = vault.wrapped;
  try {
    return await crypto.subtle.unwrapKey(
      "raw", data, own, gcm(iv, vault.id), AES, extractable, ["encrypt", "decrypt"],
    );
  } catch (error) {
    throw new WrongPassphrase("", { cause: error });
  }
}

/**
 * @param {string} passphrase  Composed (NFKC): keyboards write one letter in several ways.
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {number} iterations
 * @param {"wrapKey" | "unwrapKey"} use
 */
async function derived(passphrase, salt, iterations, use) {
  const text = new TextEncoder().encode(passphrase.normalize("NFKC"));
  const raw = await crypto.subtle.importKey("raw", text, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, raw, AES, false, [use]);
}

/** @param {Uint8Array<ArrayBuffer>} iv @param {string} id */
function gcm(iv, id) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) };
}

/** @param {number} length @returns {Uint8Array<ArrayBuffer>} */
function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}
