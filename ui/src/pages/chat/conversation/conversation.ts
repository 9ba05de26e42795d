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
import type { ConversationItem } from '../types';
import { ItemBuilder } from './items';
import { LiveRun } from './live-run';
import type { Outgoing } from './outbox';
import { StoredMessages, readMessages, type Stored } from './transcript';
import { userParts, wordsOf } from './wire';

/** Runs that are over and remembered, so that late events do not bring them back. */
const MOST_OVER = 200;

/** Messages kept that were heard while history is read. */
const MOST_HEARD = 200;

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
  outgoing: Outgoing[] = [];
  /** Whether a first page was read. */
  isLoaded = false;
  lost: LostAnswer | undefined;
  readonly #stored = new StoredMessages();
  readonly #runs = new Map<string, LiveRun>();
  readonly #over: string[] = [];
  /** Whether events may have been missed since history was read last. */
  #isUncertain = true;
  /** Runs and own messages that the gateway knew of when events were missed. */
  #before = new Set<string>();
  /** What events told since reading began, with its session: a page may have been read before it. */
  #heard: Heard[] = [];
  #waitingTools: ReadonlySet<string> = new Set();
  readonly #builder = new ItemBuilder();

  /** The newest page; `anew` when nothing known before holds any more. */
  page(page: ChatHistoryPage, anew = false): void {
    const fresh = readMessages(page.messages).map((one) => this.#withPictures(one));
    this.#stored.newest(fresh, page.sessionId === this.sessionId && !anew, page.hasMore === true);
    const newer = this.#newer(page.sessionId, fresh.at(-1)?.seq ?? 0);
    for (const { one } of newer) this.#stored.add(one);
    this.sessionId = page.sessionId ?? newer.at(-1)?.sessionId;
    this.isLoaded = true;
    this.#caughtUp(fresh.concat(newer.map(({ one }) => one)), page);
  }

  /** What came after the cursor. */
  missed(delta: ChatHistoryDelta): void {
    const fresh = readMessages(delta.messages);
    for (const one of fresh) this.#store(one);
    this.#caughtUp(fresh, delta);
  }

  /** Messages before those that are known. */
  older(page: ChatHistoryPage): void {
    if (page.sessionId === this.sessionId)
      this.#stored.before(readMessages(page.messages), page.hasMore === true);
  }

  get hasOlder(): boolean {
    return this.#stored.hasOlder;
  }

  /** How many newest messages to leave out to get those before the known ones. */
  get olderOffset(): number {
    return this.#stored.olderOffset;
  }

  /** The same message in full; pictures come so. */
  replaceMessage(message: ChatMessage): void {
    if (this.#stored.replace(message)) this.#builder.forget();
  }

  /** Stored messages, newest last. */
  get messages(): readonly Stored[] {
    return this.#stored.list;
  }

  hearMessage(event: SessionMessage): void {
    this.sessionId ??= event.sessionId;
    const [one] = readMessages([event.message]);
    if (one === undefined) return;
    this.#hear(one, event.sessionId);
    if (event.sessionId === this.sessionId) this.#store(one);
  }

  hearChat(event: ChatEvent): void {
    if (event.state === 'delta' || event.state === 'status') {
      this.#live(event.runId)?.hearDelta(event);
      return;
    }
    const [said] = event.message === undefined ? [] : readMessages([event.message]);
    if (said !== undefined) {
      this.#hear(said, this.sessionId);
      this.#store(said);
    }
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
    this.#heard = [];
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
    return this.#stored.wasSaid(key);
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
      stored: this.#stored.list,
      runs: this.#runs,
      outgoing: this.outgoing,
      waitingTools: this.#waitingTools,
      lost: this.lost,
    });
  }

  #hear(read: Stored, sessionId: string | undefined): void {
    if (!this.#isUncertain) return;
    this.#heard = [...this.#heard.slice(1 - MOST_HEARD), { one: this.#withPictures(read), sessionId }];
  }

  /** What was heard of this session and comes after the end of a page. */
  #newer(sessionId: string | undefined, last: number): Heard[] {
    const isOfIt = (heard: Heard): boolean =>
      sessionId === undefined || (heard.sessionId ?? sessionId) === sessionId;
    return this.#heard.filter((heard) => isOfIt(heard) && heard.one.seq > last);
  }

  #store(read: Stored): void {
    const one = this.#withPictures(read);
    const { message, runId } = one;
    if (message.role === 'user' && runId !== undefined) this.remove(runId);
    const run = runId === undefined ? undefined : this.#runs.get(runId);
    if (message.role === 'assistant') run?.written(wordsOf(message));
    const what = this.#stored.add(one);
    if (what === 'changed') this.#builder.forget();
    if (what !== 'added') return;
    if (this.lost !== undefined && runId !== undefined && runId !== this.lost.runId) this.lost = undefined;
  }

  /** What was just sent is still here: its pictures need not be asked for. */
  #withPictures(one: Stored): Stored {
    const own = this.outgoing.find((other) => other.key === one.runId);
    if (own === undefined || one.message.role !== 'user') return one;
    const pictures = own.parts.filter((part) => part.type === 'image');
    return pictures.length === 0 ? one : { ...one, pictures };
  }

  #live(runId: string): LiveRun | undefined {
    const known = this.#runs.get(runId);
    if (known !== undefined) return known.isOver ? undefined : known;
    if (this.#over.includes(runId)) return undefined;
    const run = new LiveRun(runId);
    // Its beginning may have been before anybody listened here.
    if (this.#isUncertain) run.doubt();
    const last = this.#stored.lastAnswer(runId);
    if (last !== undefined) run.written(wordsOf(last.message));
    this.#runs.set(runId, run);
    this.lost = undefined;
    return run;
  }

  #end(runId: string, state: 'done' | 'aborted' | 'failed', error: string | undefined): void {
    if (this.#isUnsaid(runId, state, error)) return;
    const run = this.#runs.get(runId) ?? (state === 'done' ? undefined : this.#live(runId));
    if (run?.isOver === true) return;
    this.#remember(runId);
    if (run === undefined) return;
    run.end(state, error);
    const isWritten = this.#stored.lastAnswer(runId) !== undefined;
    if (isWritten && state === 'done') run.forget();
  }

  /** Whether a run ended of which nothing was ever said: its message was taken back, or could not be kept. */
  #isUnsaid(runId: string, state: 'done' | 'aborted' | 'failed', error: string | undefined): boolean {
    const run = this.#runs.get(runId);
    if (run?.isSilent === false || this.#stored.hasRun(runId)) return false;
    const own = this.outgoing.find((one) => one.key === runId);
    if (state === 'failed') {
      if (own === undefined) return false;
      this.update(runId, { state: 'refused', ...(error === undefined ? {} : { error }) });
    } else if (own?.state !== 'sending') {
      this.remove(runId);
    }
    this.#runs.delete(runId);
    this.#remember(runId);
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
    this.#heard = [];
    this.#lose(known.sessionInfo);
    this.#adopt(known.pendingInputs);
  }

  /** A run ended while nobody listened: its messages tell how. */
  #endUnheard(id: string, row: SessionRow | undefined): void {
    this.remove(id);
    const run = this.#runs.get(id);
    if (run === undefined || run.isOver) return;
    const last = this.#stored.lastAnswer(id);
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
      const last = this.#stored.lastAnswer(run.id);
      const known = run === joined ? (inFlight?.text ?? '') : '';
      run.settle(known, last === undefined ? null : wordsOf(last.message), run === joined);
    }
    if (joined !== undefined) joined.startedAt ??= inFlight?.startedAt;
  }

  /** An answer that never came, because something went wrong before its first word. */
  #lose(row: SessionRow | undefined): void {
    this.lost = undefined;
    const runId = row?.lastRunId;
    if (row === undefined || runId === undefined || row.hasActiveRun) return;
    const last = this.#stored.list.findLast((one) => one.message.role !== 'system');
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

interface Heard {
  one: Stored;
  sessionId: string | undefined;
}

interface RunEnd {
  state: 'done' | 'aborted' | 'failed';
  error: string | undefined;
}

type Known = Pick<ChatHistoryPage, 'deltaCursor' | 'sessionInfo' | 'inFlightRun' | 'pendingInputs'>;
