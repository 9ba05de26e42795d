// Messages that are written down, in their order, each once.

import type { ChatHistoryPage, ChatMessage } from '../../../lib/gateway/protocol.gen';
import type { ImagePart } from '../types';
import { runOf } from './wire';

/** A message with its place in the transcript. */
export interface Stored {
  id: string;
  seq: number;
  runId: string | undefined;
  message: ChatMessage;
  /** Pictures of an own message, which the gateway does not send back at once. */
  pictures?: ImagePart[];
}

export class StoredMessages {
  /** A new array with each change, oldest first. */
  list: readonly Stored[] = [];
  hasOlder = false;
  readonly #ids = new Set<string>();

  /** The newest page. What is older stays when the page goes on where it ends. */
  newest(fresh: readonly Stored[], isSame: boolean, hasMore: boolean): void {
    const first = fresh[0]?.seq;
    const last = this.list.at(-1)?.seq ?? 0;
    const joins = isSame && first !== undefined && first <= last + 1;
    const older = joins ? this.list.filter((one) => one.seq < first) : [];
    if (older.length === 0) this.hasOlder = hasMore;
    this.list = older.concat(fresh);
    this.#ids.clear();
    for (const one of this.list) this.#ids.add(one.id);
  }

  /** Messages before those that are known. */
  before(messages: readonly Stored[], hasMore: boolean): void {
    const first = this.list[0]?.seq ?? Number.MAX_SAFE_INTEGER;
    const fresh = messages.filter((one) => one.seq < first && !this.#ids.has(one.id));
    for (const one of fresh) this.#ids.add(one.id);
    this.list = fresh.concat(this.list);
    this.hasOlder = hasMore && fresh.length > 0;
  }

  /** How many newest messages to leave out to get those before the known ones. */
  get olderOffset(): number {
    const [first, last] = [this.list[0], this.list.at(-1)];
    return first === undefined || last === undefined ? 0 : last.seq + 1 - first.seq;
  }

  /** A new one, at its place. `changed` is one that was known in a form that tells less. */
  add(one: Stored): 'added' | 'changed' | 'known' {
    if (this.#ids.has(one.id)) return this.#upgrade(one) ? 'changed' : 'known';
    this.#ids.add(one.id);
    const after = this.list.findLastIndex((other) => other.seq < one.seq) + 1;
    this.list = this.list.toSpliced(after, 0, one);
    return 'added';
  }

  /** The same message in full; false when it is not known. */
  replace(message: ChatMessage): boolean {
    const index = this.list.findIndex((one) => one.id === message.__openclaw?.id);
    const known = this.list[index];
    if (known === undefined) return false;
    this.list = this.list.with(index, { ...known, message });
    return true;
  }

  /** The last answer of a run. */
  lastAnswer(runId: string): Stored | undefined {
    return this.list.findLast((one) => one.runId === runId && one.message.role === 'assistant');
  }

  hasRun(runId: string): boolean {
    return this.list.some((one) => one.runId === runId);
  }

  /** Whether the message that began a run is written down. */
  wasSaid(runId: string): boolean {
    return this.list.some((one) => one.runId === runId && one.message.role === 'user');
  }

  /** The end of a run tells its message in words only; the transcript tells all of it. */
  #upgrade(one: Stored): boolean {
    const index = this.list.findIndex((other) => other.id === one.id);
    const known = this.list[index];
    if (known === undefined || weight(one.message) <= weight(known.message)) return false;
    this.list = this.list.with(index, one);
    return true;
  }
}

/** Messages with a place; a note about left-out messages is no message. */
export function readMessages(messages: ChatHistoryPage['messages']): Stored[] {
  return messages.flatMap((message) => {
    const place = message.__openclaw;
    if (place === undefined || place.id.startsWith('omitted-')) return [];
    return [{ id: place.id, seq: place.seq, runId: runOf(message), message }];
  });
}

/** How much a form of a message tells. */
function weight(message: ChatMessage): number {
  const blocks = typeof message.content === 'string' ? 1 : message.content.length;
  return blocks + (message.usage === undefined ? 0 : 1);
}
