// What things are called, where the gateway has only a key.
import { t } from '$i18n';
import { sessionTitle } from '$lib/sessions.svelte';
import type { SessionRow } from '$lib/gateway/index.svelte';

/** The title of a conversation; never empty. */
export function titleOf(row: SessionRow | undefined): string {
  if (row === undefined) return t.chat.untitled;
  return sessionTitle(row) ?? (row.isMain ? t.chat.mainConversation : t.chat.untitled);
}

/** The word for a level of thinking; levels of other gateways keep their own. */
export function levelName(level: string): string {
  return level in t.chat.levels ? t.chat.levels[level as keyof typeof t.chat.levels] : level;
}

/** A new key; the conversation is made with its first message. */
export function freshKey(agent: string, id: string): string {
  return `agent:${agent}:chat:${id}`;
}
