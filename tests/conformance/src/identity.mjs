//! Device identities and the host callbacks the official client wants: keys, signatures, an in-memory token store.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";

/** A fresh Ed25519 device identity in the form of the official client (PEM keys). */
export function newIdentity() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" });
  return {
    deviceId: createHash("sha256").update(rawPublicKey(publicKeyPem)).digest("hex"),
    publicKeyPem,
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

function rawPublicKey(pem) {
  return Buffer.from(createPublicKey(pem).export({ format: "jwk" }).x, "base64url");
}

/** Remembers device tokens per (device, role), as an app's credential store would. */
export class TokenStore {
  #tokens = new Map();
  cleared = [];

  get({ deviceId, role }) {
    return this.#tokens.get(`${deviceId}/${role}`) ?? null;
  }

  set({ deviceId, role, token, scopes }) {
    this.#tokens.set(`${deviceId}/${role}`, { token, role, scopes });
  }

  clear({ deviceId, role }) {
    this.cleared.push(role);
    this.#tokens.delete(`${deviceId}/${role}`);
  }
}

/** The callbacks of `GatewayClientHostDeps`; `log` collects what the client reports. */
export function hostDeps(store, log) {
  return {
    signDevicePayload: (pem, payload) => sign(null, Buffer.from(payload), createPrivateKey(pem)).toString("base64url"),
    publicKeyRawBase64UrlFromPem: (pem) => rawPublicKey(pem).toString("base64url"),
    loadDeviceAuthToken: (key) => store.get(key),
    storeDeviceAuthToken: (record) => store.set(record),
    clearDeviceAuthToken: (key) => store.clear(key),
    logDebug: (line) => log.push(line),
    logError: (line) => log.push(line),
  };
}
