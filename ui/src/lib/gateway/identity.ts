// This browser as a device: an Ed25519 key made once and never shown.
import { toBase64Url, toHex } from './bytes';
import { keepIdentity, storedIdentity, type StoredIdentity } from './vault';

export interface Identity {
  deviceId: string;
  /** Raw, base64url. */
  publicKey: string;
  sign(text: string): Promise<string>;
}

async function nativeIdentity(): Promise<StoredIdentity | undefined> {
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (!subtle) return undefined;
  try {
    const pair = (await subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair;
    const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
    const deviceId = toHex(new Uint8Array(await subtle.digest('SHA-256', publicKey)));
    return { kind: 'native', privateKey: pair.privateKey, publicKey, deviceId };
  } catch {
    // The browser has no Ed25519.
    return undefined;
  }
}

async function softwareIdentity(): Promise<StoredIdentity> {
  const { softwareKey } = await import('./software-key');
  const key = await softwareKey();
  return { kind: 'software', seed: key.seed, publicKey: key.publicKey, deviceId: toHex(await key.hash()) };
}

async function signer(
  stored: StoredIdentity,
): Promise<(message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>> {
  if (stored.kind === 'native') {
    const { privateKey } = stored;
    return async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message));
  }
  const { softwareKey } = await import('./software-key');
  const key = await softwareKey(stored.seed);
  return (message) => key.sign(message);
}

/** The identity of this browser, made on first use. */
export async function loadIdentity(): Promise<Identity> {
  const stored =
    (await storedIdentity()) ?? (await keepIdentity((await nativeIdentity()) ?? (await softwareIdentity())));
  const sign = await signer(stored);
  return {
    deviceId: stored.deviceId,
    publicKey: toBase64Url(stored.publicKey),
    sign: async (text) => toBase64Url(await sign(new TextEncoder().encode(text))),
  };
}
