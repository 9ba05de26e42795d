// Wire objects for tests, with what matters given and the rest filled in.

import type {
  AgentEvent,
  ChatEvent,
  ChatHistoryPage,
  ChatMessage,
  ContentBlock,
  SessionMessage,
  SessionRow,
} from '../../../lib/gateway/protocol.gen';
import type { Part } from '../types';
import type { Conversation } from './conversation';
import type { Outgoing } from './outbox';

export const KEY = 'agent:main:main';
export const SESSION = 's-1';

export function message(
  role: ChatMessage['role'],
  seq: number,
  runId: string | undefined,
  content: string | ContentBlock[],
  more: Partial<ChatMessage> = {},
): ChatMessage {
  return {
    role,
    content: typeof content === 'string' ? [{ type: 'text', text: content }] : content,
    timestamp: 1_000 + seq,
    ...(role === 'user' && runId !== undefined ? { idempotencyKey: `${runId}:user` } : {}),
    __openclaw: { id: `m${String(seq)}`, seq, ...(runId === undefined ? {} : { runId }) },
    ...more,
  };
}

export function row(more: Partial<SessionRow> = {}): SessionRow {
  return {
    key: KEY,
    kind: 'direct',
    agentId: 'main',
    isMain: true,
    updatedAt: 1,
    archived: false,
    pinned: false,
    unread: false,
    hasActiveRun: false,
    activeRunIds: [],
    visibility: 'shared',
    sharingRole: 'admin',
    ...more,
  };
}

export function page(messages: ChatMessage[], more: Partial<ChatHistoryPage> = {}): ChatHistoryPage {
  return { sessionKey: KEY, sessionId: SESSION, messages, deltaCursor: 'c', sessionInfo: row(), ...more };
}

export function said(one: ChatMessage): SessionMessage {
  const place = one.__openclaw ?? { id: '', seq: 0 };
  return {
    sessionKey: KEY,
    sessionId: SESSION,
    agentId: 'main',
    message: one,
    messageId: place.id,
    messageSeq: place.seq,
    session: row(),
    updatedAt: 1,
  };
}

export function chat(runId: string, state: ChatEvent['state'], more: Partial<ChatEvent> = {}): ChatEvent {
  return { runId, sessionKey: KEY, seq: 1, state, ...more };
}

export function delta(runId: string, deltaText: string, more: Partial<ChatEvent> = {}): ChatEvent {
  return chat(runId, 'delta', { deltaText, ...more });
}

export function whole(text: string): ChatMessage {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp: 1 };
}

export function agent(runId: string, stream: string, data: Record<string, unknown>, ts = 5_000): AgentEvent {
  return { runId, seq: 1, stream, ts, data, sessionKey: KEY };
}

export function start(runId: string): AgentEvent {
  return agent(runId, 'lifecycle', { phase: 'start', startedAt: 4_000 });
}

export function tool(
  runId: string,
  phase: string,
  id: string,
  more: Record<string, unknown> = {},
): AgentEvent {
  return agent(runId, 'tool', { phase, name: 'exec', toolCallId: id, ...more });
}

/** Parts as one line of text. */
export function told(parts: readonly Part[]): string {
  const one = (part: Part): string => {
    switch (part.type) {
      case 'text':
        return part.text + (part.streaming === true ? '▍' : '');
      case 'thinking':
        return `(${part.text})`;
      case 'tool':
        return `[${part.name} ${part.state}${part.result === undefined ? '' : `: ${part.result}`}]`;
      case 'image':
        return `<${part.src}>`;
      case 'file':
        return `<${part.name}>`;
    }
  };
  return parts.map(one).join(' ');
}

/** Every item as one line: its key, its state, its parts. */
export function shown(talk: Conversation): string[] {
  return talk.items().map((item) => `${item.key} ${item.state} ${told(item.parts)}`.trim());
}

export function outgoing(key: string, more: Partial<Outgoing> = {}): Outgoing {
  const text = `text of ${key}`;
  return { key, text, attachments: [], parts: [{ type: 'text', text }], at: 9, state: 'sending', ...more };
}

export function call(id: string, name = 'exec'): ContentBlock {
  return { type: 'toolCall', id, name, arguments: { command: 'ls' } };
}
