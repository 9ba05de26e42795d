// Ed25519 and SHA-256 in JavaScript, for pages without `crypto.subtle`: plain HTTP in a home network, old browsers.
// Loaded only there.
import { etc, getPublicKeyAsync, hashes, signAsync, utils } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

export interface SoftwareKey {
  seed: Uint8Array;
  publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
  hash(): Promise<Uint8Array>;
}

/** The key of a seed, or a new one. */
export async function softwareKey(seed: Uint8Array = utils.randomSecretKey()): Promise<SoftwareKey> {
  hashes.sha512 = sha512;
  hashes.sha512Async = (message) => Promise.resolve(sha512(message));
  const publicKey = await getPublicKeyAsync(seed);
  return {
    seed,
    publicKey,
    sign: (message) => signAsync(message, seed),
    hash: () => Promise.resolve(sha256(publicKey)),
  };
}

/** Random bytes come from `crypto.getRandomValues`, which insecure pages have too. */
export const randomBytes = etc.randomBytes;
