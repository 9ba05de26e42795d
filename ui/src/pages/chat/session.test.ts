import { flushSync } from 'svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ChatHistoryPage } from '$lib/gateway/index.svelte';
import { KEY, delta, message, page, row, said, start, told } from './conversation/fixture';

type Handler = (payload: unknown) => void;
const wire = vi.hoisted(() => ({
  calls: [] as { method: string; params: Record<string, unknown> }[],
  history: {} as Record<string, unknown>,
  handlers: new Map<string, Set<(payload: unknown) => void>>(),
  online: new Set<() => unknown>(),
}));

vi.mock('$lib/gateway/index.svelte', async () => {
  const { GatewayError } = await import('$lib/gateway/error');
  const answers: Record<string, (params: Record<string, unknown>) => unknown> = {
    'sessions.messages.subscribe': () => ({ subscribed: true, key: 'agent:main:main' }),
    'chat.startup': () => wire.history,
    'chat.history': () => wire.history,
    'chat.send': (params) => ({ runId: params['idempotencyKey'], status: 'started' }),
  };
  return {
    GatewayError,
    gateway: {
      status: { kind: 'online' },
      call: (method: string, params: Record<string, unknown>) => {
        wire.calls.push({ method, params });
        return Promise.resolve(answers[method]?.(params) ?? {});
      },
      on: (event: string, handler: (payload: unknown) => void) => {
        const handlers = wire.handlers.get(event) ?? new Set();
        wire.handlers.set(event, handlers.add(handler));
        return () => handlers.delete(handler);
      },
      onOnline: (handler: () => unknown) => {
        wire.online.add(handler);
        void handler();
        return () => wire.online.delete(handler);
      },
    },
  };
});

const { ChatSession } = await import('./session.svelte');
const hooks = { removed: vi.fn(), named: vi.fn(), stopped: vi.fn() };
let session: InstanceType<typeof ChatSession>;

function emit(event: string, payload: unknown): void {
  const handlers: Set<Handler> = wire.handlers.get(event) ?? new Set();
  for (const handler of handlers) handler(payload);
}

/** Lets answers arrive and a frame pass. */
async function settle(): Promise<void> {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(32);
  flushSync();
}

const shown = (): string[] =>
  session.items.map((item) => `${item.key} ${item.state} ${told(item.parts)}`.trim());
const called = (method: string): Record<string, unknown>[] =>
  wire.calls.filter((one) => one.method === method).map((one) => one.params);

async function begin(history: ChatHistoryPage): Promise<void> {
  wire.history = { ...history };
  session = new ChatSession('main', hooks);
  session.open();
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'],
  });
  wire.calls = [];
  wire.handlers.clear();
  wire.online.clear();
  sessionStorage.clear();
  for (const hook of Object.values(hooks)) hook.mockClear();
  return () => {
    session.close();
    vi.useRealTimers();
  };
});

it('follows first and reads then, tells what its alias stands for, and ignores other sessions', async () => {
  await begin(page([message('user', 1, 'r', 'hello')]));
  expect(wire.calls.map((one) => one.method)).toEqual(['sessions.messages.subscribe', 'chat.startup']);
  expect(called('chat.startup')[0]).toMatchObject({ sessionKey: 'main', limit: 60 });
  expect(hooks.named).toHaveBeenCalledWith('main', KEY);
  expect(shown()).toEqual(['u:r done hello']);
  emit('chat', { ...delta('x', 'not ours'), sessionKey: 'agent:main:other' });
  emit('chat', delta('r', 'ours'));
  await settle();
  expect(shown()).toEqual(['u:r done hello', 'a:r streaming ours▍']);
  expect(session.isAnswering).toBe(true);
});

it('sends with a key of its own, shows it at once, and does not say it twice after a reconnect', async () => {
  await begin(page([]));
  session.send('hi', [], [{ type: 'text', text: 'hi' }]);
  flushSync();
  expect(session.items[0]).toMatchObject({ kind: 'user', state: 'sending' });
  await settle();
  const [sent] = called('chat.send');
  const key = String(sent?.['idempotencyKey']);
  emit('session.message', said(message('user', 1, key, 'hi')));
  emit('agent', start(key));
  emit('chat', delta(key, 'Hello'));
  await settle();
  const keys = session.items.map((item) => item.key);
  wire.history = {
    kind: 'delta',
    messages: [message('user', 1, key, 'hi')],
    deltaCursor: 'd',
    sessionInfo: row({ hasActiveRun: true, activeRunIds: [key] }),
    pendingInputs: { items: [], total: 0 },
    inFlightRun: { runId: key, text: 'Hello there' },
  };
  for (const online of wire.online) void online();
  await settle();
  expect(shown()).toEqual([`u:${key} done hi`, `a:${key} streaming Hello there▍`]);
  expect(session.items.map((item) => item.key)).toEqual(keys);
  expect(called('chat.send')).toHaveLength(1);
  expect(wire.calls.at(-1)?.params).toMatchObject({ cursor: 'c' });
});

it('reads everything anew after a reset, and tells when it was deleted', async () => {
  await begin(page([message('user', 1, 'r', 'old')]));
  wire.history = { ...page([message('user', 1, 'n', 'new')], { sessionId: 's-2' }) };
  emit('sessions.changed', { reason: 'reset', ts: 1, sessionKey: KEY, session: row({ sessionId: 's-2' }) });
  await settle();
  expect(shown()).toEqual(['u:n done new']);
  emit('sessions.changed', { reason: 'delete', ts: 1, sessionKey: KEY });
  expect(hooks.removed).toHaveBeenCalledOnce();
});

it('reads older pages from where the known ones begin', async () => {
  await begin(page([message('user', 61, 'b', 'two')], { hasMore: true, nextOffset: 1 }));
  expect(session.hasOlder).toBe(true);
  wire.history = { ...page([message('user', 60, 'a', 'one')]) };
  await Promise.all([session.loadOlder(), session.loadOlder()]);
  expect(called('chat.history')).toEqual([{ sessionKey: 'main', limit: 60, offset: 1 }]);
  expect(shown()).toEqual(['u:a done one', 'u:b done two']);
  expect(session.hasOlder).toBe(false);
});

it('asks for pictures that were left out, once', async () => {
  const bare = message('user', 1, 'r', [
    { type: 'image', mimeType: 'image/png', mediaId: 'x', omitted: true },
  ]);
  await begin(page([bare]));
  await settle();
  expect(called('chat.message.get')).toEqual([{ sessionKey: 'main', messageId: 'm1' }]);
});

it('hears nothing more after it was closed', async () => {
  await begin(page([]));
  session.close();
  emit('chat', delta('r', 'late'));
  await settle();
  expect(shown()).toEqual([]);
  expect(wire.online.size).toBe(0);
});
