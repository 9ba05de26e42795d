// One item of each kind.

import type { ChatMessage } from '../../../lib/gateway/protocol.gen';
import type { ConversationItem, ItemState, ItemUsage, Part, ToolPart } from '../types';
import type { Stored } from './transcript';
import type { Group } from './items';
import type { LiveRun, LiveTool } from './live-run';
import type { Outgoing } from './outbox';
import { addUsage, blocksOf, imageOf, modelOf, resultText, usageOf, userParts, wordsOf } from './wire';

export function outgoingItem(key: string, outgoing: Outgoing, isQueued: boolean): ConversationItem {
  const state: ItemState = outgoing.state === 'refused' ? 'failed' : isQueued ? 'queued' : 'sending';
  return {
    key,
    kind: 'user',
    at: outgoing.at,
    parts: outgoing.parts,
    runId: outgoing.key,
    state,
    ...(outgoing.error === undefined ? {} : { error: outgoing.error }),
  };
}

export function userItem(key: string, one: Stored): ConversationItem {
  return {
    key,
    kind: 'user',
    at: one.message.timestamp,
    parts: userParts(one.message, one.pictures),
    messageId: one.id,
    state: 'done',
    ...(one.runId === undefined ? {} : { runId: one.runId }),
  };
}

export function noteItem(key: string, one: Stored): ConversationItem {
  return {
    key,
    kind: 'note',
    at: one.message.timestamp,
    parts: [{ type: 'text', text: wordsOf(one.message) }],
    messageId: one.id,
    state: 'done',
  };
}

/** An answer: all messages of one run in a row, and what streams after them. */
export function answerItem(group: Group, waitingTools: ReadonlySet<string>): ConversationItem {
  const { run, lost, stored, runId } = group;
  const parts = new Parts(run, waitingTools);
  for (const one of stored) parts.addMessage(one.message);
  parts.addLive();
  const answers = stored.filter((one) => one.message.role === 'assistant').map((one) => one.message);
  const last = answers.at(-1);
  const state = stateOf(group, last);
  const error = run?.error ?? lost?.error ?? (state === 'failed' ? last?.errorMessage : undefined);
  const model = run?.model ?? (last === undefined ? undefined : modelOf(last));
  const usage = answers.reduce<ItemUsage | undefined>(
    (sum, message) => (message.usage === undefined ? sum : addUsage(sum, usageOf(message.usage))),
    undefined,
  );
  const at = stored[0]?.message.timestamp ?? run?.startedAt;
  const isBare = state === 'failed' && parts.list.length === 0;
  const messageId = stored.at(-1)?.id;
  return {
    key: group.key,
    kind: isBare ? 'error' : 'assistant',
    parts: parts.list,
    state,
    ...(at === undefined ? {} : { at }),
    ...(runId === undefined ? {} : { runId }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage }),
    ...(error === undefined ? {} : { error }),
  };
}

function stateOf({ run, lost }: Group, last: ChatMessage | undefined): ItemState {
  if (run?.state === 'live') return 'streaming';
  if (run !== undefined && run.state !== 'done') return run.state;
  if (lost !== undefined) return lost.state;
  if (last?.stopReason === 'aborted') return 'aborted';
  return last?.stopReason === 'error' ? 'failed' : 'done';
}

/** Collects the parts of an answer. */
class Parts {
  readonly list: Part[] = [];
  readonly #run: LiveRun | undefined;
  readonly #waiting: ReadonlySet<string>;
  /** Calls without a result: their place in the list. */
  readonly #open = new Map<string, number>();
  readonly #ids = new Set<string>();
  readonly #calls = new Set<string>();

  constructor(run: LiveRun | undefined, waiting: ReadonlySet<string>) {
    this.#run = run;
    this.#waiting = waiting;
  }

  addMessage(message: ChatMessage): void {
    if (message.role === 'toolResult') {
      this.#addResult(message);
      return;
    }
    for (const block of blocksOf(message)) {
      if (block.type === 'text' && block.text !== '') this.list.push({ type: 'text', text: block.text });
      else if (block.type === 'thinking' && block.thinking !== '')
        this.list.push({ type: 'thinking', text: block.thinking });
      else if (block.type === 'image') this.list.push(imageOf(block));
      else if (block.type === 'toolCall') this.#addCall(block, message.timestamp);
    }
  }

  /** What was heard and is not written down. */
  addLive(): void {
    const run = this.#run;
    if (run === undefined) return;
    const parts = run.parts();
    const isLive = !run.isOver;
    parts.forEach((part, index) => {
      const streams = isLive && index === parts.length - 1 ? { streaming: true } : {};
      if (part.type !== 'tool') {
        this.list.push({ type: part.type, text: part.text, ...streams });
        return;
      }
      const tool = run.tools.get(part.id);
      if (tool !== undefined && !this.#calls.has(part.id))
        this.list.push(this.#fromLive(tool, this.#unique(tool.id)));
    });
  }

  #addCall(block: { id: string; name: string; arguments: unknown }, at: number): void {
    this.#calls.add(block.id);
    const id = this.#unique(block.id);
    const live = this.#run?.tools.get(block.id);
    const base = { type: 'tool' as const, id, name: block.name, args: block.arguments };
    this.#open.set(block.id, this.list.length);
    if (live !== undefined) {
      this.list.push({ ...this.#fromLive(live, id), args: block.arguments });
      return;
    }
    // A call without a result is either next in line, or was never made.
    const state = this.#run?.isOver === false ? 'running' : 'failed';
    this.list.push({ ...base, state: this.#waits(block.id, state), startedAt: at });
  }

  #addResult(message: ChatMessage): void {
    const callId = message.toolCallId ?? '';
    const content = blocksOf(message);
    const result = resultText(content);
    const state = message.isError === true ? 'failed' : 'done';
    const end = { state, result, endedAt: message.timestamp } as const;
    const index = this.#open.get(callId);
    const call = index === undefined ? undefined : this.list[index];
    if (index !== undefined && call?.type === 'tool') this.list[index] = { ...call, ...end };
    else {
      const name = message.toolName ?? '';
      this.list.push({ type: 'tool', id: this.#unique(callId), name, args: {}, ...end });
    }
    this.#open.delete(callId);
    for (const block of content) if (block.type === 'image') this.list.push(imageOf(block));
  }

  #fromLive(tool: LiveTool, id: string): ToolPart {
    return {
      type: 'tool',
      id,
      name: tool.name,
      args: tool.args,
      state: this.#waits(tool.id, tool.state),
      ...(tool.result === undefined ? {} : { result: tool.result }),
      ...(tool.startedAt === undefined ? {} : { startedAt: tool.startedAt }),
      ...(tool.endedAt === undefined ? {} : { endedAt: tool.endedAt }),
    };
  }

  #waits(callId: string, state: ToolPart['state']): ToolPart['state'] {
    return state === 'running' && this.#waiting.has(callId) ? 'waiting-approval' : state;
  }

  /** Providers may use an id again in the next step. */
  #unique(id: string): string {
    let made = id;
    for (let n = 2; this.#ids.has(made); n += 1) made = `${id}#${n}`;
    this.#ids.add(made);
    return made;
  }
}
