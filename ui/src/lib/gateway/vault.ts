// What this browser keeps: its key and the token a gateway issued for it. In IndexedDB, because only there a key can
// lie that no script can read out; the token lies beside it, encrypted with a second such key.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

export type StoredIdentity =
  | { kind: 'native'; privateKey: CryptoKey; publicKey: Uint8Array; deviceId: string }
  | { kind: 'software'; seed: Uint8Array; publicKey: Uint8Array; deviceId: string };

export interface DeviceToken {
  token: string;
  scopes: string[];
}

/** The token as it lies there. Without `crypto.subtle` there is no key to wrap it with, and `sealed` is plain. */
interface StoredToken {
  origin: string;
  scopes: string[];
  iv: Uint8Array<ArrayBuffer> | undefined;
  sealed: Uint8Array<ArrayBuffer>;
  wrapKey: CryptoKey | undefined;
}

interface Shape extends DBSchema {
  identity: { key: 'own'; value: StoredIdentity };
  token: { key: 'own'; value: StoredToken };
}

let opened: Promise<IDBPDatabase<Shape>> | undefined;

function database(): Promise<IDBPDatabase<Shape>> {
  opened ??= openDB<Shape>('postern', 1, {
    upgrade(db) {
      db.createObjectStore('identity');
      db.createObjectStore('token');
    },
  }).catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** Absent on pages that came over plain HTTP from another machine. */
const subtle = (): SubtleCrypto | undefined => crypto.subtle as SubtleCrypto | undefined;

export async function storedIdentity(): Promise<StoredIdentity | undefined> {
  return (await database()).get('identity', 'own');
}

/** Keeps the identity unless another tab was first; the one that stays is returned. */
export async function keepIdentity(fresh: StoredIdentity): Promise<StoredIdentity> {
  const work = (await database()).transaction('identity', 'readwrite');
  const first = await work.store.get('own');
  if (!first) await work.store.put(fresh, 'own');
  await work.done;
  return first ?? fresh;
}

export async function forgetIdentity(): Promise<void> {
  const db = await database();
  await db.delete('token', 'own');
  await db.delete('identity', 'own');
}

/** The token of this origin; one that was issued elsewhere is never handed out. */
export async function storedToken(origin: string = location.origin): Promise<DeviceToken | undefined> {
  const found = await (await database()).get('token', 'own');
  if (!found || found.origin !== origin) return undefined;
  const crypt = subtle();
  if (!found.wrapKey || !found.iv)
    return { token: new TextDecoder().decode(found.sealed), scopes: found.scopes };
  if (!crypt) return undefined;
  try {
    const open = await crypt.decrypt({ name: 'AES-GCM', iv: found.iv }, found.wrapKey, found.sealed);
    return { token: new TextDecoder().decode(open), scopes: found.scopes };
  } catch {
    // Written by another key: as good as none.
    return undefined;
  }
}

export async function keepToken(
  { token, scopes }: DeviceToken,
  origin: string = location.origin,
): Promise<void> {
  const crypt = subtle();
  const plain = new TextEncoder().encode(token);
  const value: StoredToken = {
    origin,
    scopes: [...scopes],
    iv: undefined,
    sealed: plain,
    wrapKey: undefined,
  };
  if (crypt) {
    value.wrapKey = await crypt.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    value.iv = crypto.getRandomValues(new Uint8Array(12));
    value.sealed = new Uint8Array(
      await crypt.encrypt({ name: 'AES-GCM', iv: value.iv }, value.wrapKey, plain),
    );
  }
  await (await database()).put('token', value, 'own');
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/**
 * Takes the token away. With the one that was refused: only if it is still that one, because another tab may have
 * put a newer one in its place. Returns whether none is left.
 */
export async function forgetToken(refused?: string): Promise<boolean> {
  const db = await database();
  const seen = await db.get('token', 'own');
  const held = refused === undefined ? undefined : await storedToken();
  if (refused !== undefined && held && held.token !== refused) return false;
  const work = db.transaction('token', 'readwrite');
  const current = await work.store.get('own');
  // Between reading and here nothing may have been written.
  const unchanged = refused === undefined || !current || !seen || same(current.sealed, seen.sealed);
  if (unchanged) await work.store.delete('own');
  await work.done;
  return unchanged;
}
