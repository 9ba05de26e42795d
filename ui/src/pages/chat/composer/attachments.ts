// Files that go with a message: checked and made ready before anything is sent.
import type { Attachment } from '$lib/gateway/index.svelte';
import type { FilePart, ImagePart } from '../types';

/** Files of one message. */
export const MOST_FILES = 16;
/** Largest picture, bytes. */
export const LARGEST_PICTURE = 5_000_000;
/** Largest text file, bytes. */
export const LARGEST_TEXT = 256 * 1024;
/** Longest side of a picture that had to be made smaller, pixels. */
const LONGEST_SIDE = 2_560;

/** What can be picked; anything else is tried as text. */
export const ACCEPT =
  'image/*,text/*,.md,.json,.csv,.log,.yaml,.yml,.toml,.xml,.rs,.ts,.js,.py,.sh,.sql,.css,.html';

/** A file that is ready to be sent. */
export interface Ready {
  id: string;
  part: ImagePart | FilePart;
  attachment: Attachment;
  /** Characters that travel. */
  weight: number;
  /** A picture that was too large as it was. */
  isSmaller?: boolean;
}

export type Problem =
  | { kind: 'tooMany' }
  | { kind: 'tooLarge'; name: string; limit: number }
  | { kind: 'notSupported' | 'notReadable'; name: string };

/** The type that the bytes themselves say, as the gateway reads them. */
export function pictureType(bytes: Uint8Array): string | undefined {
  const starts = (...head: number[]): boolean => head.every((byte, index) => bytes[index] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'image/png';
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (starts(0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  const isWebp = starts(0x52, 0x49, 0x46, 0x46) && String.fromCharCode(...bytes.subarray(8, 12)) === 'WEBP';
  return isWebp ? 'image/webp' : undefined;
}

/** Whether bytes are text that the gateway takes. */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(''));
}

/** Makes a file ready, or tells why it cannot be sent. */
export async function prepare(file: File, id: string): Promise<Ready | Problem> {
  const name = file.name === '' ? 'image.png' : file.name;
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    // It was moved, or it is a folder.
    return { kind: 'notReadable', name };
  }
  const type = pictureType(bytes);
  if (type !== undefined && bytes.length <= LARGEST_PICTURE) return picture(id, name, type, bytes);
  const isPicture = type !== undefined || (file.type.startsWith('image/') && file.type !== 'image/svg+xml');
  if (isPicture) return (await smaller(id, name, bytes, file.type)) ?? unusable(name, type !== undefined);
  if (!isText(bytes)) return { kind: 'notSupported', name };
  if (bytes.length > LARGEST_TEXT) return { kind: 'tooLarge', name, limit: LARGEST_TEXT };
  return text(id, name, bytes);
}

function unusable(name: string, isKnown: boolean): Problem {
  return isKnown ? { kind: 'tooLarge', name, limit: LARGEST_PICTURE } : { kind: 'notSupported', name };
}

function picture(id: string, name: string, mime: string, bytes: Uint8Array): Ready {
  const content = base64(bytes);
  // A data: URL lives as long as the page shows it, without anybody having to let go of it.
  const part: ImagePart = { type: 'image', src: `data:${mime};base64,${content}`, name };
  return {
    id,
    part,
    attachment: { type: 'image', mimeType: mime, fileName: name, content },
    weight: content.length,
  };
}

function text(id: string, name: string, bytes: Uint8Array): Ready {
  const content = base64(bytes);
  const part: FilePart = { type: 'file', name, mime: 'text/plain', size: bytes.length };
  const attachment = { type: 'file', mimeType: 'text/plain', fileName: name, content };
  return { id, part, attachment, weight: content.length };
}

/** Draws a picture anew: smaller, and in a format that models read. */
async function smaller(
  id: string,
  name: string,
  bytes: Uint8Array,
  mime: string,
): Promise<Ready | undefined> {
  try {
    const bitmap = await createImageBitmap(new Blob([bytes.slice()], { type: mime }));
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.88));
    if (blob === null || blob.size > LARGEST_PICTURE) return undefined;
    const drawn = new Uint8Array(await blob.arrayBuffer());
    return { ...picture(id, name.replace(/\.[^.]*$/, '') + '.jpg', 'image/jpeg', drawn), isSmaller: true };
  } catch {
    // The browser cannot read it either.
    return undefined;
  }
}

/** Files that were dropped or pasted; a copied picture comes without words. */
export function filesOf(data: DataTransfer | null): File[] {
  return data === null ? [] : [...data.files];
}
