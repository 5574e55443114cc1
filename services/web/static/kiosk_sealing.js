// Sealing to the site's public key: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256, AES-128-GCM. What is sealed here nobody opens but the site.
const KEM = Uint8Array.of(0x4b, 0x45, 0x4d, 0x00, 0x10); // "KEM", the KEM's id
const SUITE = Uint8Array.of(0x48, 0x50, 0x4b, 0x45, 0x00, 0x10, 0x00, 0x01, 0x00, 0x01); // "HPKE", ids
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const NOTHING = new Uint8Array();

const bytes = (text) => new TextEncoder().encode(text);

function joined(...parts) {
  const made = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    made.set(each, at);
    at += each.length;
  }
  return made;
}

async function hmac(key, message) {
  const given = key.length ? key : new Uint8Array(32); // an empty key is one of zeros
  const made = await crypto.subtle.importKey("raw", given, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", made, message));
}

const extract = (suite, salt, label, secret) =>
  hmac(salt, joined(bytes("HPKE-v1"), suite, bytes(label), secret));

async function expand(suite, secret, label, context, length) {
  const info = joined(Uint8Array.of(0, length), bytes("HPKE-v1"), suite, bytes(label), context);
  return (await hmac(secret, joined(info, Uint8Array.of(1)))).slice(0, length); // at most one block
}

// Seals a text, bound to `info`, to a public key (an uncompressed point); returns bytes.
export async function seal(publicKey, info, text) {
  const theirs = await crypto.subtle.importKey("raw", publicKey, CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const sent = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const agreed = await extract(KEM, NOTHING, "eae_prk", new Uint8Array(shared));
  const secretOfBoth = await expand(KEM, agreed, "shared_secret", joined(sent, publicKey), 32);
  const context = joined(
    Uint8Array.of(0), // base mode
    await extract(SUITE, NOTHING, "psk_id_hash", NOTHING),
    await extract(SUITE, NOTHING, "info_hash", bytes(info)),
  );
  const secret = await extract(SUITE, secretOfBoth, "secret", NOTHING);
  const key = await expand(SUITE, secret, "key", context, 16);
  const iv = await expand(SUITE, secret, "base_nonce", context, 12);
  const cipher = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, cipher, bytes(text));
  return joined(sent, new Uint8Array(sealed));
}

export const toBase64 = (raw) => btoa(String.fromCharCode(...raw));

export const fromBase64 = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
