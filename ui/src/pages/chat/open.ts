// Conversations that were opened lately: shown at once when they are opened again.
import { t } from '$i18n';
import { navigate, route } from '$lib/router.svelte';
import { toasts } from '$lib/ui';
import { ChatSession } from './session.svelte';

/** Conversations that are kept. */
const MOST = 8;
const LAST = 'postern.chat.last';

const kept = new Map<string, ChatSession>();

/** The conversation of a key; its aliases give the same one. */
export function sessionFor(key: string): ChatSession {
  const session = kept.get(key) ?? new ChatSession(key, { removed, named, stopped });
  // The one opened last is forgotten last.
  kept.delete(key);
  kept.set(key, session);
  for (const old of [...kept.keys()].slice(0, -MOST)) kept.delete(old);
  return session;

  function removed(): void {
    forget(session);
    if (!isOpen(session)) return;
    toasts.info(t.chat.deletedElsewhere);
    navigate('chat', undefined, { replace: true });
  }

  function named(alias: string, canonical: string): void {
    kept.set(canonical, session);
    if (route.page === 'chat' && (route.param ?? startKey()) === alias)
      navigate('chat', canonical, { replace: true });
  }
}

function isOpen(session: ChatSession): boolean {
  return route.page === 'chat' && (route.param === session.key || route.param === session.canonical);
}

/** Lets go of a conversation that is gone. */
export function forget(session: ChatSession): void {
  for (const [key, one] of kept) if (one === session) kept.delete(key);
  if (startKey() === session.canonical) remember('main');
}

function stopped(text: string, count: number): void {
  toasts.info(count === 0 ? t.chat.nothingToStop(text) : t.chat.stoppedAnswers(count));
}

/** What is opened when no conversation is named: the one of before, else the main one. */
export function startKey(): string {
  try {
    return sessionStorage.getItem(LAST) ?? 'main';
  } catch {
    return 'main';
  }
}

export function remember(key: string): void {
  try {
    sessionStorage.setItem(LAST, key);
  } catch {
    // Without storage every start is at the main conversation.
  }
}
