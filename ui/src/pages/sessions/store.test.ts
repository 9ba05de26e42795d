import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { gateway, type SessionRow, type SessionsChanged } from '$lib/gateway/index.svelte';
import { SessionStore } from './store.svelte';

const row = (key: string, change: Partial<SessionRow> = {}): SessionRow =>
  ({
    key,
    sessionId: `id-${key}`,
    agentId: 'main',
    archived: false,
    pinned: false,
    unread: false,
    ...change,
  }) as SessionRow;

let call: MockInstance<typeof gateway.call>;
let hear: (event: SessionsChanged) => void;
let store: SessionStore;
let stop: () => void;

beforeEach(() => {
  vi.spyOn(gateway, 'onOnline').mockReturnValue(() => undefined);
  vi.spyOn(gateway, 'on').mockImplementation((_event, handler) => {
    hear = handler as typeof hear;
    return () => true;
  });
  call = vi.spyOn(gateway, 'call');
  store = new SessionStore();
  stop = store.watch();
  return stop;
});

const page = (rows: SessionRow[], hasMore = false): never => ({ sessions: rows, hasMore }) as never;
const keys = (): string[] => (store.list.value ?? []).map((entry) => entry.key);

describe('reading the list', () => {
  it('goes on until there is no more, and keeps each session once', async () => {
    call
      .mockResolvedValueOnce(page([row('a'), row('b')], true))
      .mockResolvedValueOnce(page([row('b'), row('c')]));
    await store.list.refresh();
    expect(keys()).toEqual(['a', 'b', 'c']);
    expect(call.mock.calls.map(([, params]) => (params as { offset: number }).offset)).toEqual([0, 2]);
  });

  it('puts events that came meanwhile over what was read', async () => {
    let answer: (rows: never) => void = () => undefined;
    call.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const reading = store.list.refresh();
    hear({ reason: 'delete', ts: 1, sessionKey: 'a' });
    hear({ reason: 'patch', ts: 2, sessionKey: 'b', session: row('b', { pinned: true }) });
    answer(page([row('a'), row('b')]));
    await reading;
    expect(store.list.value).toEqual([row('b', { pinned: true })]);
  });

  it('follows events afterwards', async () => {
    call.mockResolvedValueOnce(page([row('a')]));
    await store.list.refresh();
    hear({ reason: 'create', ts: 1, sessionKey: 'n', session: row('n') });
    hear({ reason: 'delete', ts: 2, sessionKey: 'a' });
    expect(keys()).toEqual(['n']);
  });
});

describe('changing sessions', () => {
  beforeEach(async () => {
    call.mockResolvedValueOnce(page([row('a'), row('b')]));
    await store.list.refresh();
  });

  it('deletes the very session that was shown', async () => {
    call.mockResolvedValueOnce({ ok: true } as never);
    await store.remove(row('a'));
    expect(call).toHaveBeenLastCalledWith('sessions.delete', {
      key: 'a',
      deleteTranscript: true,
      expectedSessionId: 'id-a',
    });
    expect(keys()).toEqual(['b']);
  });

  it('keeps a session that the gateway refuses to delete', async () => {
    call.mockRejectedValueOnce(new Error('still active'));
    await expect(store.remove(row('a'))).rejects.toThrow('still active');
    expect(keys()).toEqual(['a', 'b']);
  });

  it('shows what of many was changed and says why the rest was not', async () => {
    const outcomes = [
      { ok: true, key: 'a' },
      { ok: false, key: 'b', error: { code: 'CONFLICT', message: 'another session by now' } },
    ];
    call.mockResolvedValueOnce({ outcomes } as never);
    const result = await store.patchMany([row('a'), row('b')], { archived: true });
    expect(result).toEqual({ changed: 1, refused: [{ message: 'another session by now', count: 1 }] });
    expect(store.list.value?.map((entry) => entry.archived)).toEqual([true, false]);
  });

  it('says why nothing was compacted', async () => {
    call.mockResolvedValueOnce({ ok: true, key: 'a', compacted: false, reason: 'too short' } as never);
    expect(await store.compact(row('a'))).toBe('too short');
    call.mockResolvedValueOnce({ ok: true, key: 'a', compacted: true } as never);
    expect(await store.compact(row('a'))).toBeUndefined();
  });
});
