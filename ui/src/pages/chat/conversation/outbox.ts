// Messages on their way: each has one key for ever, so that none is said twice.

import type { Attachment } from '../../../lib/gateway/protocol.gen';
import type { Part } from '../types';

export type SendState =
  /** Not acknowledged; sent again with the same key until it is. */
  | 'waiting'
  | 'sending'
  /** The gateway has it. */
  | 'accepted'
  /** The gateway refused it. */
  | 'refused';

export interface Outgoing {
  /** The idempotency key; also the id of its run. */
  key: string;
  text: string;
  attachments: Attachment[];
  /** How it is shown until it comes back from the gateway. */
  parts: Part[];
  at: number;
  state: SendState;
  error?: string;
  /** Level of thinking for this message alone. */
  thinking?: string;
}

/** What is kept of a message over a reload of the page. */
type Kept = Pick<Outgoing, 'key' | 'text' | 'at' | 'error'>;

/** What the gateway did not take: refused ones too, so that their words are not lost. */
const UNSAID: ReadonlySet<SendState> = new Set(['waiting', 'sending', 'refused']);

const PREFIX = 'postern.outbox.';

/** Keeps what was not acknowledged while the page is reloaded; attachments are too large for that. */
export function keep(sessionKey: string, outgoing: readonly Outgoing[]): void {
  const kept: Kept[] = outgoing
    .filter((one) => one.attachments.length === 0 && UNSAID.has(one.state))
    .map(({ key, text, at, error }) => ({ key, text, at, error }));
  try {
    if (kept.length === 0) sessionStorage.removeItem(PREFIX + sessionKey);
    else sessionStorage.setItem(PREFIX + sessionKey, JSON.stringify(kept));
  } catch {
    // Storage is full or forbidden: the messages are kept while the page lives.
  }
}

/** What was not acknowledged when the page was reloaded. */
export function restore(sessionKey: string): Outgoing[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + sessionKey) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter(isKept).map(({ key, text, at, error }) => ({
      ...(error === undefined ? {} : { error }),
      key,
      text,
      at,
      attachments: [],
      parts: [{ type: 'text', text }],
      state: error === undefined ? 'waiting' : 'refused',
    }));
  } catch {
    return [];
  }
}

function isKept(one: unknown): one is Kept {
  if (typeof one !== 'object' || one === null) return false;
  const { key, text, at, error } = one as Record<string, unknown>;
  const isError = error === undefined || typeof error === 'string';
  return typeof key === 'string' && typeof text === 'string' && typeof at === 'number' && isError;
}
