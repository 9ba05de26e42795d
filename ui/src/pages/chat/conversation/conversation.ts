// One conversation: what is written down, what streams, and what is on its way.

import type {
  AgentEvent,
  ChatEvent,
  ChatHistoryDelta,
  ChatHistoryPage,
  ChatMessage,
  InFlightRun,
  PendingInputs,
  SessionMessage,
  SessionRow,
} from '../../../lib/gateway/protocol.gen';
import type { ConversationItem, ImagePart } from '../types';
import { ItemBuilder } from './items';
import { LiveRun } from './live-run';
import type { Outgoing } from './outbox';
import { runOf, userParts, wordsOf } from './wire';

/** Runs that are over and remembered, so that late events do not bring them back. */
const MOST_OVER = 200;

/** A message with its place in the transcript. */
export interface Stored {
  id: string;
  seq: number;
  runId: string | undefined;
  message: ChatMessage;
  /** Pictures of an own message, which the gateway does not send back at once. */
  pictures?: ImagePart[];
}

/** Why the last answer is missing, as the session's row tells it. */
export interface LostAnswer {
  runId: string;
  state: 'failed' | 'aborted';
  error?: string;
}

/**
 * Everything known of one conversation, from pages of its history, events and own
 * messages, in whatever order they come. It knows no network and no screen.
 */
export class Conversation {
  sessionId: string | undefined;
  /** For the next reading of what was missed. */
  cursor: string | undefined;
  hasOlder = false;
  outgoing: Outgoing[] = [];
  /** Whether a first page was read. */
  isLoaded = false;
  lost: LostAnswer | undefined;
  #stored: Stored[] = [];
  readonly #ids = new Set<string>();
  readonly #runs = new Map<string, LiveRun>();
  readonly #over: string[] = [];
  /** Whether events may have been missed since history was read last. */
  #isUncertain = true;
  /** Runs and own messages that the gateway knew of when events were missed. */
  #before = new Set<string>();
  #waitingTools: ReadonlySet<string> = new Set();
  readonly #builder = new ItemBuilder();

  /** The newest page; `anew` when nothing known before holds any more. */
  page(page: ChatHistoryPage, anew = false): void {
    const fresh = read(page.messages).map((one) => this.#withPictures(one));
    const first = fresh[0]?.seq;
    const isSame = page.sessionId === this.sessionId && !anew;
    // Older messages stay when the page goes on where they end.
    const last = this.#stored.at(-1)?.seq ?? 0;
    const older =
      isSame && first !== undefined && first <= last + 1 ? this.#stored.filter((one) => one.seq < first) : [];
    if (older.length === 0) this.hasOlder = page.hasMore === true;
    this.#stored = older.concat(fresh);
    this.#ids.clear();
    for (const one of this.#stored) this.#ids.add(one.id);
    this.sessionId = page.sessionId;
    this.isLoaded = true;
    this.#caughtUp(fresh, page);
  }

  /** What came after the cursor. */
  missed(delta: ChatHistoryDelta): void {
    const fresh = read(delta.messages);
    for (const one of fresh) this.#store(one);
    this.#caughtUp(fresh, delta);
  }

  /** Messages before those that are known. */
  older(page: ChatHistoryPage): void {
    if (page.sessionId !== this.sessionId) return;
    const before = this.#stored[0]?.seq ?? Number.MAX_SAFE_INTEGER;
    const fresh = read(page.messages).filter((one) => one.seq < before && !this.#ids.has(one.id));
    for (const one of fresh) this.#ids.add(one.id);
    this.#stored = fresh.concat(this.#stored);
    this.hasOlder = page.hasMore === true && fresh.length > 0;
  }

  /** How many newest messages to leave out to get those before the known ones. */
  get olderOffset(): number {
    const [first, last] = [this.#stored[0], this.#stored.at(-1)];
    return first === undefined || last === undefined ? 0 : last.seq + 1 - first.seq;
  }

  /** The same message in full; pictures come so. */
  replaceMessage(message: ChatMessage): void {
    const id = message.__openclaw?.id;
    const index = this.#stored.findIndex((one) => one.id === id);
    const known = this.#stored[index];
    if (known === undefined) return;
    this.#stored = this.#stored.with(index, { ...known, message });
    this.#builder.forget();
  }

  /** Stored messages, newest last. */
  get messages(): readonly Stored[] {
    return this.#stored;
  }

  hearMessage(event: SessionMessage): void {
    this.sessionId ??= event.sessionId;
    if (event.sessionId !== this.sessionId) return;
    const [one] = read([event.message]);
    if (one !== undefined) this.#store(one);
  }

  hearChat(event: ChatEvent): void {
    if (event.state === 'delta' || event.state === 'status') {
      this.#live(event.runId)?.hearDelta(event);
      return;
    }
    const [said] = event.message === undefined ? [] : read([event.message]);
    if (said !== undefined && said.message.__openclaw !== undefined) this.#store(said);
    this.#end(
      event.runId,
      event.state === 'final' ? 'done' : event.state === 'aborted' ? 'aborted' : 'failed',
      event.errorMessage,
    );
  }

  hearAgent(event: AgentEvent): void {
    if (['lifecycle', 'tool', 'thinking'].includes(event.stream)) this.#live(event.runId)?.hearAgent(event);
  }

  /** The connection was lost, or events were missed. */
  doubt(): void {
    this.#isUncertain = true;
    for (const one of this.outgoing) if (one.state === 'accepted') this.#before.add(one.key);
    for (const run of this.#runs.values()) {
      if (run.isOver) continue;
      run.doubt();
      this.#before.add(run.id);
    }
  }

  /** Ids of tool calls that wait for a decision. */
  setWaitingTools(ids: ReadonlySet<string>): void {
    this.#waitingTools = ids;
  }

  /** Runs that are under way as far as is known here, oldest first. */
  get liveRuns(): string[] {
    return [...this.#runs.values()].filter((run) => run.begun && !run.isOver).map((run) => run.id);
  }

  get isAnswering(): boolean {
    return this.liveRuns.length > 0;
  }

  /** What the newest run waits for before it speaks. */
  get phase(): string | undefined {
    return [...this.#runs.values()].findLast((run) => !run.isOver)?.phase;
  }

  /** Whether a message with this key was said. */
  wasSaid(key: string): boolean {
    return this.#stored.some((one) => one.runId === key && one.message.role === 'user');
  }

  /** A message of this window. */
  add(outgoing: Outgoing): void {
    this.outgoing = [...this.outgoing, outgoing];
  }

  update(key: string, change: Partial<Outgoing>): void {
    this.outgoing = this.outgoing.map((one) => (one.key === key ? { ...one, ...change } : one));
  }

  remove(key: string): void {
    this.outgoing = this.outgoing.filter((one) => one.key !== key);
  }

  /** What is to be shown. Items that did not change are the same objects as before. */
  items(): ConversationItem[] {
    return this.#builder.build({
      stored: this.#stored,
      runs: this.#runs,
      outgoing: this.outgoing,
      waitingTools: this.#waitingTools,
      lost: this.lost,
    });
  }

  #store(read: Stored): void {
    const one = this.#withPictures(read);
    const { message, runId } = one;
    if (message.role === 'user' && runId !== undefined) this.remove(runId);
    const run = runId === undefined ? undefined : this.#runs.get(runId);
    if (message.role === 'assistant') run?.written(wordsOf(message));
    if (this.#ids.has(one.id)) {
      this.#upgrade(one);
      return;
    }
    this.#ids.add(one.id);
    const after = this.#stored.findLastIndex((other) => other.seq < one.seq) + 1;
    this.#stored = this.#stored.toSpliced(after, 0, one);
    if (this.lost !== undefined && runId !== undefined && runId !== this.lost.runId) this.lost = undefined;
  }

  /** What was just sent is still here: its pictures need not be asked for. */
  #withPictures(one: Stored): Stored {
    const own = this.outgoing.find((other) => other.key === one.runId);
    if (own === undefined || one.message.role !== 'user') return one;
    const pictures = own.parts.filter((part) => part.type === 'image');
    return pictures.length === 0 ? one : { ...one, pictures };
  }

  /** The end of a run tells its message in words only; the transcript tells all of it. */
  #upgrade(one: Stored): void {
    const index = this.#stored.findIndex((other) => other.id === one.id);
    const known = this.#stored[index];
    if (known === undefined || weight(one.message) <= weight(known.message)) return;
    this.#stored = this.#stored.with(index, one);
    this.#builder.forget();
  }

  #live(runId: string): LiveRun | undefined {
    const known = this.#runs.get(runId);
    if (known !== undefined) return known.isOver ? undefined : known;
    if (this.#over.includes(runId)) return undefined;
    const run = new LiveRun(runId);
    // Its beginning may have been before anybody listened here.
    if (this.#isUncertain) run.doubt();
    const last = this.#lastAnswer(runId);
    if (last !== undefined) run.written(wordsOf(last.message));
    this.#runs.set(runId, run);
    this.lost = undefined;
    return run;
  }

  #end(runId: string, state: 'done' | 'aborted' | 'failed', error: string | undefined): void {
    if (this.#isTakenBack(runId, state, error)) return;
    // A run that was never heard of and whose message was not said was taken back.
    const isUnsaid = state === 'done' || !this.wasSaid(runId);
    const run = this.#runs.get(runId) ?? (isUnsaid ? undefined : this.#live(runId));
    if (run?.isOver === true) return;
    this.#remember(runId);
    if (run === undefined) return;
    run.end(state, error);
    const isWritten = this.#stored.some((one) => one.runId === runId && one.message.role === 'assistant');
    if (isWritten && state === 'done') run.forget();
  }

  /** Whether a run ended without its message ever being said. */
  #isTakenBack(runId: string, state: 'done' | 'aborted' | 'failed', error: string | undefined): boolean {
    const own = this.outgoing.find((one) => one.key === runId);
    if (own === undefined || own.state !== 'accepted' || this.#runs.has(runId)) return false;
    if (state === 'failed')
      this.update(runId, { state: 'refused', ...(error === undefined ? {} : { error }) });
    else this.remove(runId);
    return true;
  }

  #remember(runId: string): void {
    this.#over.push(runId);
    if (this.#over.length <= MOST_OVER) return;
    for (const old of this.#over.splice(0, this.#over.length - MOST_OVER)) this.#runs.delete(old);
  }

  /** Brings runs and own messages in line with what the gateway knows now. */
  #caughtUp(fresh: readonly Stored[], known: Known): void {
    this.cursor = known.deltaCursor;
    for (const one of fresh) {
      if (one.message.role === 'user' && one.runId !== undefined) this.remove(one.runId);
      if (one.message.role === 'assistant' && one.runId !== undefined) {
        this.#runs.get(one.runId)?.written(wordsOf(one.message));
      }
    }
    const active = new Set(known.sessionInfo?.activeRunIds ?? []);
    if (known.inFlightRun !== undefined) active.add(known.inFlightRun.runId);
    for (const id of this.#before) if (!active.has(id)) this.#endUnheard(id, known.sessionInfo);
    this.#before.clear();
    this.#join(known.inFlightRun);
    this.#isUncertain = false;
    this.#lose(known.sessionInfo);
    this.#adopt(known.pendingInputs);
  }

  /** A run ended while nobody listened: its messages tell how. */
  #endUnheard(id: string, row: SessionRow | undefined): void {
    this.remove(id);
    const run = this.#runs.get(id);
    if (run === undefined || run.isOver) return;
    const last = this.#lastAnswer(id);
    const how = howItEnded(last?.message, row?.lastRunId === id ? row : undefined);
    run.end(how.state, how.error);
    if (last !== undefined) run.forget();
    this.#remember(id);
  }

  /** Goes on with the run under way; the others have said nothing before they were heard. */
  #join(inFlight: InFlightRun | undefined): void {
    const joined = inFlight === undefined ? undefined : this.#live(inFlight.runId);
    for (const run of this.#runs.values()) {
      if (run.isOver) continue;
      const last = this.#lastAnswer(run.id);
      const known = run === joined ? (inFlight?.text ?? '') : '';
      run.settle(known, last === undefined ? null : wordsOf(last.message), run === joined);
    }
    if (joined !== undefined) joined.startedAt ??= inFlight?.startedAt;
  }

  #lastAnswer(runId: string): Stored | undefined {
    return this.#stored.findLast((one) => one.runId === runId && one.message.role === 'assistant');
  }

  /** An answer that never came, because something went wrong before its first word. */
  #lose(row: SessionRow | undefined): void {
    this.lost = undefined;
    const runId = row?.lastRunId;
    if (row === undefined || runId === undefined || row.hasActiveRun) return;
    const last = this.#stored.findLast((one) => one.message.role !== 'system');
    if (last?.runId !== runId || last.message.role === 'assistant') return;
    const error = row.lastRunError === undefined ? {} : { error: row.lastRunError };
    if (row.status === 'failed' || row.status === 'timeout') this.lost = { runId, state: 'failed', ...error };
    else if (row.status === 'killed') this.lost = { runId, state: 'aborted', ...error };
  }

  /** Messages that wait on the gateway, also those of other windows. */
  #adopt(pending: PendingInputs | undefined): void {
    for (const one of pending?.items ?? []) {
      const key = one.runId ?? one.id;
      if (this.wasSaid(key) || this.outgoing.some((own) => own.key === key)) continue;
      const { message } = one;
      this.add({
        key,
        text: wordsOf(message),
        attachments: [],
        parts: userParts(message),
        at: one.acceptedAt,
        state: 'accepted',
      });
    }
  }
}

/** How a run ended whose end was not heard: as its last message says, else as the session's row does. */
function howItEnded(last: ChatMessage | undefined, row: SessionRow | undefined): RunEnd {
  if (last?.stopReason === 'error') return { state: 'failed', error: last.errorMessage };
  if (row?.status === 'failed' || row?.status === 'timeout')
    return { state: 'failed', error: row.lastRunError };
  // Words of which nothing was written down are the beginning of an answer that was cut off.
  const isCut = last === undefined || last.stopReason === 'aborted' || row?.status === 'killed';
  return { state: isCut ? 'aborted' : 'done', error: undefined };
}

interface RunEnd {
  state: 'done' | 'aborted' | 'failed';
  error: string | undefined;
}

type Known = Pick<ChatHistoryPage, 'deltaCursor' | 'sessionInfo' | 'inFlightRun' | 'pendingInputs'>;

/** Messages with a place; a note about left-out messages is no message. */
function read(messages: readonly ChatMessage[]): Stored[] {
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
