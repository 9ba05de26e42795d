// What is known of one run besides the messages it has written down.

import type { AgentEvent, ChatEvent } from '../../../lib/gateway/protocol.gen';
import { LiveText } from './live-text';
import { resultText, wordsOf } from './wire';

export type RunState = 'live' | 'done' | 'aborted' | 'failed';

/** What a tool call has come to, from events. */
export interface LiveTool {
  id: string;
  name: string;
  args: unknown;
  state: 'running' | 'done' | 'failed';
  result?: string;
  startedAt?: number;
  endedAt?: number;
}

/** Something said or done that is not yet in the transcript. */
export type LivePart = { type: 'text' | 'thinking'; text: string } | { type: 'tool'; id: string };

/**
 * One run under way, or over. What is written down replaces what was heard, so
 * this holds only the rest: the words of now, and how its tools are doing.
 */
export class LiveRun {
  readonly id: string;
  state: RunState = 'live';
  error: string | undefined;
  model: string | undefined;
  startedAt: number | undefined;
  /** What it waits for before it can say anything. */
  phase: string | undefined;
  readonly tools = new Map<string, LiveTool>();
  /** Grows with each change. */
  version = 0;
  /** Whether it was heard of by events or the gateway, and not only by its messages. */
  begun = false;
  readonly #text = new LiveText();
  readonly #thinking = new LiveText();
  #closed: LivePart[] = [];
  /** Words of the newest answer that is written down, while late pieces of it may come. */
  #written: string | null = null;

  constructor(id: string) {
    this.id = id;
  }

  get isOver(): boolean {
    return this.state !== 'live';
  }

  /** Whether nothing was heard of what it says or does. */
  get isSilent(): boolean {
    return this.tools.size === 0 && this.parts().length === 0;
  }

  /** What is to be shown after its messages, in order. */
  parts(): LivePart[] {
    const parts = [...this.#closed];
    if (this.#thinking.text !== '') parts.push({ type: 'thinking', text: this.#thinking.text });
    const text = this.#text.text;
    if (text !== '' && !this.#isWritten(text)) parts.push({ type: 'text', text });
    return parts;
  }

  /** A `chat` event that is no end. */
  hearDelta(event: ChatEvent): void {
    this.#touch();
    const whole = event.message === undefined ? undefined : wordsOf(event.message);
    if (event.state === 'status') {
      this.phase = event.phase;
      return;
    }
    this.phase = undefined;
    if (event.replace === true) this.#written = null;
    const more = event.deltaText ?? '';
    if (whole !== undefined) this.#text.replace(whole);
    else if (event.replace === true) this.#text.replace(more);
    else if (this.#startsAnew(more)) this.#text.replace(more);
    else this.#text.push(more);
  }

  /** An `agent` event. */
  hearAgent(event: AgentEvent): void {
    const { data } = event;
    switch (event.stream) {
      case 'tool':
        this.#touch();
        this.#hearTool(event.ts, data);
        break;
      case 'thinking':
        this.#touch();
        this.phase = undefined;
        if (typeof data['text'] === 'string') this.#thinking.replace(data['text']);
        else if (typeof data['delta'] === 'string') this.#thinking.push(data['delta']);
        break;
      case 'lifecycle':
        this.#hearLifecycle(event.ts, data);
        break;
      default:
    }
  }

  /** A message of this run was written down: it takes the place of what was heard. */
  written(words: string): void {
    this.version += 1;
    this.#closed = this.#closed.filter((part) => part.type === 'tool');
    this.#thinking.clear();
    this.#written = words;
  }

  /** The connection was lost: pieces may have been missed. */
  doubt(): void {
    this.#text.doubt();
    this.#thinking.doubt();
  }

  /** The gateway tells what it has said since its last message; `lastWords` are those of that message. */
  settle(known: string, lastWords: string | null, isUnderWay: boolean): void {
    this.version += 1;
    this.begun ||= isUnderWay;
    this.#written = lastWords;
    this.#text.settle(known);
    // Thoughts are only told in pieces: what was missed is in the message.
    this.#thinking.settle(this.#thinking.text);
  }

  /** It is over. What was heard stays until its messages are there. */
  end(state: Exclude<RunState, 'live'>, error?: string): void {
    this.version += 1;
    this.state = state;
    this.error = error ?? this.error;
    this.phase = undefined;
    this.#text.freeze();
    this.#thinking.freeze();
    for (const tool of this.tools.values()) {
      if (tool.state === 'running') this.tools.set(tool.id, { ...tool, state: 'failed' });
    }
  }

  /** Its last words are written down: nothing heard is left to show. */
  forget(): void {
    this.version += 1;
    this.#closed = [];
    this.#text.clear();
    this.#thinking.clear();
    this.#written = null;
  }

  #hearLifecycle(ts: number, data: Record<string, unknown>): void {
    const { phase } = data;
    if (phase === 'start') {
      this.#touch();
      this.startedAt = typeof data['startedAt'] === 'number' ? data['startedAt'] : ts;
    } else if (phase === 'model' && typeof data['model'] === 'string') {
      this.#touch();
      const provider = typeof data['provider'] === 'string' ? `${data['provider']}/` : '';
      this.model = provider + data['model'];
    }
  }

  #hearTool(ts: number, data: Record<string, unknown>): void {
    const id = typeof data['toolCallId'] === 'string' ? data['toolCallId'] : '';
    const name = typeof data['name'] === 'string' ? data['name'] : '';
    if (id === '') return;
    let tool = this.tools.get(id);
    if (tool === undefined || (data['phase'] === 'start' && tool.state !== 'running')) {
      tool = { id, name, args: data['args'] ?? {}, state: 'running', startedAt: ts };
      this.tools.set(id, tool);
      this.#closeWords();
      this.#closed.push({ type: 'tool', id });
    }
    if (data['phase'] === 'update') {
      tool.result = contentText(data['partialResult']);
    } else if (data['phase'] === 'result') {
      tool.state = data['isError'] === true ? 'failed' : 'done';
      tool.result = contentText(data['result']);
      tool.endedAt = ts;
    }
    // Another object, because what shows it compares objects.
    this.tools.set(id, { ...tool });
  }

  /** A tool begins: what is said from now on stands after it. */
  #closeWords(): void {
    const heard = this.parts().slice(this.#closed.length);
    this.#closed.push(...heard);
    this.#text.clear();
    this.#thinking.clear();
    this.#written = null;
  }

  /** Whether these words are in the transcript already. */
  #isWritten(text: string): boolean {
    return this.#written !== null && this.#written.startsWith(text);
  }

  /** Whether a piece belongs to the next answer, because the last one is written down and ends before it. */
  #startsAnew(more: string): boolean {
    if (this.#written === null || this.#text.isUncertain) return false;
    if (this.#isWritten(this.#text.text + more)) return false;
    this.#written = null;
    return true;
  }

  #touch(): void {
    this.version += 1;
    this.begun = true;
  }
}

function contentText(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('content' in result)) return '';
  return resultText(result.content);
}
