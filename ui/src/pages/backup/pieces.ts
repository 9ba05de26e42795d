// Archives travel over the page's one connection, piece by piece.

import { gateway, type BackupInfo } from '$lib/gateway/index.svelte';

/** Bytes of one piece; a multiple of three, so that base64 pieces have no padding in between. */
export const PIECE = 192 * 1024;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** All of an archive. `told` hears how much is here, from 0 to 1. */
export async function download(id: string, told: (part: number) => void): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (;;) {
    const piece = await gateway.call('backup.read', { id, offset, length: PIECE });
    const bytes = fromBase64(piece.data);
    parts.push(bytes);
    offset += bytes.length;
    told(piece.total === 0 ? 1 : offset / piece.total);
    if (piece.done) return new Blob(parts, { type: 'application/zip' });
    if (bytes.length === 0) throw new Error('The gateway sent an empty piece.');
  }
}

/** Sends a file; resolves with the archive that the gateway made of it. */
export async function upload(file: File, told: (part: number) => void): Promise<BackupInfo | undefined> {
  let offset = 0;
  for (;;) {
    const bytes = new Uint8Array(await file.slice(offset, offset + PIECE).arrayBuffer());
    const done = offset + bytes.length >= file.size;
    const answer = await gateway.call('backup.upload', {
      name: file.name,
      offset,
      data: toBase64(bytes),
      done,
    });
    offset += bytes.length;
    told(file.size === 0 ? 1 : offset / file.size);
    if (done) return answer.backup ?? undefined;
  }
}

/** What is wrong with a new passphrase. */
export function passphraseMistake(passphrase: string, again: string): 'short' | 'differs' | undefined {
  if (passphrase.length < 8) return 'short';
  return passphrase === again ? undefined : 'differs';
}
