import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64Url, toHex } from './bytes';
import { softwareKey } from './software-key';
import { signedPayload, type SignedFields } from './signing';

const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const PUBLIC_KEY = 'A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg';
const DEVICE_ID = '56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c';
const NONCE = '00000000-0000-4000-8000-000000000001';

const operator: SignedFields = {
  deviceId: DEVICE_ID,
  clientId: 'cli',
  clientMode: 'cli',
  role: 'operator',
  scopes: ['operator.read', 'operator.write'],
  signedAtMs: 1767225600000,
  token: 'testtoken123',
  nonce: NONCE,
  platform: 'Linux',
  deviceFamily: 'Desktop',
};
const node: SignedFields = {
  deviceId: DEVICE_ID,
  clientId: 'node-host',
  clientMode: 'node',
  role: 'node',
  scopes: [],
  signedAtMs: 1767225600000,
  nonce: NONCE,
  platform: 'linux',
};

describe('the signed payload', () => {
  it.each([
    [
      operator,
      `v3|${DEVICE_ID}|cli|cli|operator|operator.read,operator.write|1767225600000|testtoken123|${NONCE}|linux|desktop`,
      'AM9rw8MGAh2nvuy71wxR1mWDxy7dDrxhL8_2u9eqjF9SQk1s-hCP86AHqvhRO4pe5zKxnPLdW2ims9jx8qseCA',
    ],
    [
      node,
      `v3|${DEVICE_ID}|node-host|node|node||1767225600000||${NONCE}|linux|`,
      'md89RE6ebzB7ZR19Db6Yyam3OVIeMw9s_ecD2Uj-X13EM5L_9_5rgfqEwx4CszuQPftZyP5etC5Ta_9RsrHrAw',
    ],
  ])('is the one of the protocol, and so is its signature', async (fields, payload, signature) => {
    const key = await softwareKey(SEED);
    expect(signedPayload(fields)).toBe(payload);
    expect(toBase64Url(await key.sign(new TextEncoder().encode(payload)))).toBe(signature);
  });

  it('lowers ASCII letters only', () => {
    const fields = { ...node, platform: ' LİNUX ', deviceFamily: 'ÄB' };
    expect(signedPayload(fields).endsWith('|lİnux|Äb')).toBe(true);
  });

  it('belongs to a device id that is the hash of the key', async () => {
    const key = await softwareKey(SEED);
    expect(toBase64Url(key.publicKey)).toBe(PUBLIC_KEY);
    expect(toHex(await key.hash())).toBe(DEVICE_ID);
  });

  it('is signed alike by the browser and by the fallback', async () => {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
    const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
    const seed = fromBase64(jwk.d ?? '');
    expect(seed).toHaveLength(32);
    const message = new TextEncoder().encode(signedPayload(operator));
    const own = new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message));
    expect(toBase64Url(await (await softwareKey(seed ?? SEED)).sign(message))).toBe(toBase64Url(own));
  });
});

describe('base64', () => {
  it('round-trips and refuses what is none', () => {
    const bytes = Uint8Array.from([251, 255, 0, 62]);
    expect(toBase64Url(bytes)).toBe('-_8APg');
    expect(fromBase64('-_8APg')).toEqual(bytes);
    expect(fromBase64('+/8APg==')).toEqual(bytes);
    expect(fromBase64('not base64!')).toBeUndefined();
  });
});
