import { afterEach, describe, expect, it, vi } from 'vitest';
import { LARGEST_PICTURE, LARGEST_TEXT, base64, isText, pictureType, prepare } from './attachments';

const PNG = [0x89, 0x50, 0x4e, 0x47, 13, 10];

function file(bytes: number[] | Uint8Array | string, name: string, type = ''): File {
  const part = typeof bytes === 'string' ? bytes : new Uint8Array(bytes).slice();
  return new File([part], name, { type });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('files of a message', () => {
  it('knows pictures by their bytes, not by their name', async () => {
    expect(pictureType(new Uint8Array(PNG))).toBe('image/png');
    expect(pictureType(new TextEncoder().encode('RIFF1234WEBPVP8 '))).toBe('image/webp');
    expect(pictureType(new TextEncoder().encode('RIFF1234WAVE'))).toBeUndefined();
    const ready = await prepare(file(PNG, 'a.txt', 'text/plain'), '1');
    expect(ready).toMatchObject({
      part: { type: 'image', name: 'a.txt' },
      attachment: { mimeType: 'image/png' },
    });
  });

  it('takes text of every kind, also drawings that are text', async () => {
    const svg = await prepare(file('<svg/>', 'a.svg', 'image/svg+xml'), '1');
    expect(svg).toMatchObject({
      attachment: { mimeType: 'text/plain', fileName: 'a.svg' },
      part: { size: 6 },
    });
    expect(isText(new TextEncoder().encode('grüße'))).toBe(true);
    expect(isText(new Uint8Array([0xff, 0xfe]))).toBe(false);
    expect(isText(new Uint8Array([65, 0]))).toBe(false);
  });

  it('tells before sending what cannot go', async () => {
    expect(await prepare(file([1, 0, 2], 'a.bin'), '1')).toEqual({ kind: 'notSupported', name: 'a.bin' });
    const long = await prepare(file('x'.repeat(LARGEST_TEXT + 1), 'a.log'), '1');
    expect(long).toEqual({ kind: 'tooLarge', name: 'a.log', limit: LARGEST_TEXT });
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('cannot')));
    const large = new Uint8Array(LARGEST_PICTURE + 1);
    large.set(PNG);
    expect(await prepare(file(large, 'a.png', 'image/png'), '1')).toEqual({
      kind: 'tooLarge',
      name: 'a.png',
      limit: LARGEST_PICTURE,
    });
    expect(await prepare(file([1, 0], 'a.heic', 'image/heic'), '1')).toEqual({
      kind: 'notSupported',
      name: 'a.heic',
    });
  });

  it('encodes bytes of any length', () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    expect(atob(base64(bytes))).toHaveLength(70_000);
    expect(base64(new Uint8Array([104, 105]))).toBe('aGk=');
  });
});
