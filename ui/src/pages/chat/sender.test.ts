import { beforeEach, expect, it, vi } from 'vitest';
import { Conversation } from './conversation/conversation';
import { message, page, said } from './conversation/fixture';
import type { Outgoing } from './conversation/outbox';
import { restore } from './conversation/outbox';

const wire = vi.hoisted(() => ({ kind: 'online', sent: [] as string[], answers: [] as (() => unknown)[] }));

vi.mock('$lib/gateway/index.svelte', async () => {
  const { GatewayError } = await import('$lib/gateway/error');
  const call = (_method: string, params: { idempotencyKey: string }): Promise<unknown> => {
    wire.sent.push(params.idempotencyKey);
    const answer = wire.answers.shift();
    if (answer === undefined) return Promise.resolve({ runId: params.idempotencyKey, status: 'started' });
    return Promise.resolve().then(answer);
  };
  return {
    GatewayError,
    gateway: {
      call,
      get status() {
        return { kind: wire.kind };
      },
    },
  };
});

const { Sender } = await import('./sender');
const { GatewayError } = await import('$lib/gateway/error');

let talk: Conversation;
let sender: InstanceType<typeof Sender>;
const stopped = vi.fn();

function refuse(code: string, retryAfterMs?: number): () => never {
  return () => {
    throw new GatewayError({ code, message: `refused: ${code}`, retryAfterMs });
  };
}

function say(key: string): void {
  const one: Outgoing = { key, text: key, attachments: [], parts: [], at: 1, state: 'waiting' };
  talk.add(one);
}

const states = (): string[] => talk.outgoing.map((one) => `${one.key} ${one.state}`);

beforeEach(() => {
  wire.kind = 'online';
  wire.sent = [];
  wire.answers = [];
  sessionStorage.clear();
  stopped.mockClear();
  vi.useFakeTimers();
  talk = new Conversation();
  talk.page(page([]));
  sender = new Sender(talk, { sessionKey: () => 'agent:main:main', changed: () => undefined, stopped });
  return () => vi.useRealTimers();
});

it('sends what waits in order, one after the other', async () => {
  for (const key of ['a', 'b', 'c']) say(key);
  await Promise.all([sender.flush(), sender.flush()]);
  expect(wire.sent).toEqual(['a', 'b', 'c']);
  expect(states()).toEqual(['a accepted', 'b accepted', 'c accepted']);
});

it('sends again with the same key what a broken connection swallowed, and only that', async () => {
  for (const key of ['a', 'b']) say(key);
  wire.answers = [refuse('CLOSED')];
  await sender.flush();
  expect(states()).toEqual(['a waiting', 'b waiting']);
  wire.kind = 'reconnecting';
  await vi.advanceTimersByTimeAsync(10_000);
  expect(wire.sent).toEqual(['a']);
  expect(restore('agent:main:main').map((one) => one.key)).toEqual(['a', 'b']);
  wire.kind = 'online';
  // It had arrived: the gateway knows its key.
  wire.answers = [() => ({ runId: 'a', status: 'in_flight' })];
  await sender.flush();
  expect(wire.sent).toEqual(['a', 'a', 'b']);
  expect(states()).toEqual(['a accepted', 'b accepted']);
  expect(restore('agent:main:main')).toEqual([]);
});

it('sends again what was on its way when the connection broke: whether it arrived is not known', async () => {
  say('a');
  wire.answers = [refuse('DISCONNECTED')];
  await sender.flush();
  expect(states()).toEqual(['a waiting']);
  expect(restore('agent:main:main').map((one) => one.key)).toEqual(['a']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(wire.sent).toEqual(['a', 'a']);
  expect(states()).toEqual(['a accepted']);
});

it('tells why a message was refused, goes on with the next, and takes the same key when it is tried again', async () => {
  for (const key of ['a', 'b']) say(key);
  wire.answers = [refuse('INVALID_REQUEST')];
  await sender.flush();
  expect(states()).toEqual(['a refused', 'b accepted']);
  expect(restore('agent:main:main').map((one) => `${one.key} ${one.state}`)).toEqual(['a refused']);
  expect(talk.outgoing[0]?.error).toContain('INVALID_REQUEST');
  talk.update('a', { state: 'waiting' });
  await sender.flush();
  expect(wire.sent).toEqual(['a', 'b', 'a']);
});

it('waits when the gateway has no room, and then tries again by itself', async () => {
  say('a');
  wire.answers = [refuse('UNAVAILABLE', 2_000)];
  await sender.flush();
  expect(states()).toEqual(['a waiting']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(states()).toEqual(['a accepted']);
});

it('lets go of what was said before, and of words that stop answers', async () => {
  for (const key of ['a', 'b', 'c']) say(key);
  wire.answers = [
    () => ({ runId: 'a', status: 'ok' }),
    () => ({ ok: true, aborted: true, runIds: ['x', 'y'] }),
    () => {
      talk.hearMessage(said(message('user', 1, 'c', 'c')));
      return { runId: 'c', status: 'started' };
    },
  ];
  await sender.flush();
  expect(states()).toEqual([]);
  expect(stopped).toHaveBeenCalledWith('b', 2);
});
