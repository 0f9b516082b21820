// Seal what a browser must keep while it has no network, so that only the portal can read it (branches/sealing.py).
//
// ECDH on P-256 with a key of this page alone, HKDF-SHA256, AES-256-GCM. The key stays in memory, cannot be taken out, and
// is gone with the page: from then on this browser cannot open what it has sealed.

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const NONCE = 12;
const text = new TextEncoder();

const fromBase64 = (coded) => Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));

function toBase64(bytes) {
  let binary = "";
  bytes.forEach((byte) => { binary += String.fromCharCode(byte); });
  return btoa(binary);
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let start = 0;
  parts.forEach((part) => {
    whole.set(part, start);
    start += part.length;
  });
  return whole;
}

// Whether this browser can seal: it does so only on pages that came by https, or from this very machine.
export const canSeal = () => Boolean(window.isSecureContext && window.crypto && crypto.subtle);

// Return a function that seals an object, bound to a text that stands beside it: `seal(content, context)`.
export async function sealerFor(publicKey) {
  const theirs = await crypto.subtle.importKey("raw", fromBase64(publicKey), CURVE, false, []);
  const ours = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const source = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = joined(text.encode("milanolib sealed"), point);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  const key = await crypto.subtle.deriveKey(how, source, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);

  return async (content, context) => {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE)); // random: at most some thousand acts to a key
    const bound = { name: "AES-GCM", iv, additionalData: text.encode(context) };
    const sealed = await crypto.subtle.encrypt(bound, key, text.encode(JSON.stringify(content)));
    return toBase64(joined(point, iv, new Uint8Array(sealed)));
  };
}
