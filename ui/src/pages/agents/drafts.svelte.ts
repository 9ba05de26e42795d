// Files that are being edited. They outlive the page, so that going elsewhere loses nothing; closing the tab asks.

import { SvelteMap } from 'svelte/reactivity';
import { isDirty, type FileDraft } from './editor';

const drafts = new SvelteMap<string, FileDraft>();

function keyOf(agentId: string, name: string): string {
  return `${agentId}/${name}`;
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function guard(): void {
  const isUnsaved = [...drafts.values()].some(isDirty);
  if (isUnsaved) addEventListener('beforeunload', ask);
  else removeEventListener('beforeunload', ask);
}

export const fileDrafts = {
  get(agentId: string, name: string): FileDraft | undefined {
    return drafts.get(keyOf(agentId, name));
  },
  set(agentId: string, draft: FileDraft): void {
    drafts.set(keyOf(agentId, draft.name), draft);
    guard();
  },
  drop(agentId: string, name: string): void {
    drafts.delete(keyOf(agentId, name));
    guard();
  },
  isDirty(agentId: string, name: string): boolean {
    return isDirty(drafts.get(keyOf(agentId, name)));
  },
  /** Of an agent that is gone. */
  forget(agentId: string): void {
    for (const key of [...drafts.keys()]) if (key.startsWith(`${agentId}/`)) drafts.delete(key);
    guard();
  },
};
