// Editing one file of an agent: what is unsaved, and what somebody else wrote meanwhile.

import type { AgentFile } from '$lib/gateway/protocol.gen';

/** The most that the gateway keeps of one file. */
export const MAX_FILE_BYTES = 256 * 1024;

export interface FileDraft {
  name: string;
  /** As it was when it was opened. */
  base: string;
  /** As it is in the editor. */
  text: string;
  /** Not there when it was opened. */
  wasMissing: boolean;
}

export function openDraft(file: AgentFile): FileDraft {
  const text = file.content ?? '';
  return { name: file.name, base: text, text, wasMissing: file.missing };
}

export function isDirty(draft: FileDraft | undefined): boolean {
  return draft !== undefined && draft.text !== draft.base;
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function isTooLong(draft: FileDraft): boolean {
  return byteLength(draft.text) > MAX_FILE_BYTES;
}

/** Whether the file is no longer what the draft began with. The agent itself writes its files too. A file that
 *  somebody changed to exactly what is in the editor is no conflict. */
export function isConflict(draft: FileDraft, now: AgentFile): boolean {
  const text = now.content ?? '';
  return text !== draft.base && text !== draft.text;
}
