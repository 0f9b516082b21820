// Codes as people say them, and how a phone knows one without keeping it (loans/code_digests.py).

const LETTERS = /^[0-9A-HJKMNP-TV-Z]{8}$/; // Crockford's: none that looks like a digit
const CRATE = /^C[0-9A-HJKMNP-TV-Z]{5}$/;
const BITS = 256;

// As it was meant: capitals, no spaces or dashes, O read as 0, I and L as 1.
export const asCode = (typed) => typed.replace(/[\s-]/g, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
export const isCode = (code) => LETTERS.test(code);
export const isTag = (code) => LETTERS.test(code) || CRATE.test(code);
const CARD = /^(?:ML)?\d{8}$|^[A-Z0-9]{16}$/; // of the library, or the codice fiscale on the health card

export const asCard = (typed) => typed.replace(/[\s-]/g, "").toUpperCase();
export const isCard = (typed) => CARD.test(asCard(typed));
export const inFours = (code) => code.replace(/(.{4})(?=.)/g, "$1 ");

const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function digestOf(code, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: fromHex(salt), iterations };
  return toHex(new Uint8Array(await crypto.subtle.deriveBits(how, key, BITS)));
}

// Return the parcel whose code this is. Each has a salt of its own, so each is tried; all at once, on all cores.
export async function parcelOf(code, parcels, iterations) {
  const digests = await Promise.all(parcels.map((parcel) => digestOf(code, parcel.salt, iterations)));
  return parcels.find((parcel, place) => digests[place] === parcel.digest) || null;
}
