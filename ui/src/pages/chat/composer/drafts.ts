// What was begun in each conversation and not sent.
import type { Ready } from './attachments';

const PREFIX = 'postern.draft.';
const files = new Map<string, readonly Ready[]>();

/** The words are kept over a reload, in this window only. */
export function readDraft(key: string): { text: string; files: readonly Ready[] } {
  let text = '';
  try {
    text = sessionStorage.getItem(PREFIX + key) ?? '';
  } catch {
    // Storage is forbidden: drafts live as long as the composer.
  }
  return { text, files: files.get(key) ?? [] };
}

export function writeDraft(key: string, text: string, attached: readonly Ready[]): void {
  if (attached.length === 0) files.delete(key);
  else files.set(key, attached);
  try {
    if (text === '') sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, text);
  } catch {
    // As above.
  }
}

/** A session turned out to have another key. */
export function moveDraft(from: string, to: string): void {
  const draft = readDraft(from);
  if (draft.text === '' && draft.files.length === 0) return;
  writeDraft(to, draft.text, draft.files);
  writeDraft(from, '', []);
}
