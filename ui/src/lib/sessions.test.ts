import { beforeEach, describe, expect, it, vi } from 'vitest';
import { gateway, type SessionRow, type SessionsChanged } from './gateway/index.svelte';
import { sessions, watchSessions } from './sessions.svelte';

const row = (key: string, change: Partial<SessionRow> = {}): SessionRow =>
  ({
    key,
    sessionId: `id-${key}`,
    updatedAt: 5,
    archived: false,
    hasActiveRun: false,
    ...change,
  }) as SessionRow;

/** The lists that were asked for, oldest first. */
let asked: { params: object; answer: (rows: SessionRow[], hasMore?: boolean) => void }[];
let hear: (event: SessionsChanged) => void;

const changed = (session: SessionRow): SessionsChanged => ({
  reason: 'patch',
  ts: 1,
  sessionKey: session.key,
  session,
});
const removed = (sessionKey: string): SessionsChanged => ({ reason: 'delete', ts: 1, sessionKey });
const keys = (): string[] => sessions.list.map((one) => one.key);
const list = async (at: number): Promise<(typeof asked)[number]> =>
  vi.waitUntil(() => asked[at], { interval: 1 });

beforeEach(async () => {
  asked = [];
  vi.spyOn(gateway, 'onOnline').mockReturnValue(() => undefined);
  vi.spyOn(gateway, 'on').mockImplementation((_event, handler) => {
    hear = handler as typeof hear;
    return () => undefined;
  });
  vi.spyOn(gateway, 'call').mockImplementation(((method: string, params: object) =>
    method === 'sessions.list'
      ? new Promise((resolve) =>
          asked.push({
            params,
            answer: (rows, hasMore = false) =>
              resolve({ sessions: rows, count: rows.length, totalCount: 99, hasMore } as never),
          }),
        )
      : Promise.resolve({})) as typeof gateway.call);
  const stop = watchSessions();
  const reading = sessions.reload();
  (await list(0)).answer([row('a'), row('b')], true);
  await reading;
  asked = [];
  return stop;
});

describe('a list that is older than the events that came before it', () => {
  it('takes back nothing that they told', async () => {
    const reading = sessions.reload();
    const answer = await list(0);
    hear(changed(row('new')));
    hear(removed('b'));
    hear(changed(row('a', { label: 'over' })));
    answer.answer([row('a', { hasActiveRun: true }), row('b')]);
    await reading;
    expect(keys()).toEqual(['a', 'new']);
    expect(sessions.find('a')).toEqual(row('a', { label: 'over' }));
  });

  it('brings nothing back as a further page or as the list of what was put away', async () => {
    const [more, archived] = [sessions.loadMore(), sessions.loadArchived()];
    hear(removed('c'));
    hear(removed('d'));
    (await list(0)).answer([row('c'), row('e')]);
    (await list(1)).answer([row('d', { archived: true }), row('f', { archived: true })]);
    await Promise.all([more, archived]);
    expect(keys()).toEqual(['a', 'b', 'e']);
    expect(sessions.archived.map((one) => one.key)).toEqual(['f']);
  });

  it('is not taken when one that was asked for later was', async () => {
    const readings = [sessions.reload(), sessions.reload()];
    const [early, late] = [await list(0), await list(1)];
    late.answer([row('b')]);
    await readings[1];
    early.answer([row('a'), row('b')]);
    await readings[0];
    expect(keys()).toEqual(['b']);
  });

  it('is taken when only a further page came before it', async () => {
    const reading = sessions.reload();
    const first = await list(0);
    const more = sessions.loadMore();
    (await list(1)).answer([row('e', { updatedAt: 1 })]);
    await more;
    first.answer([row('a')], true);
    await reading;
    expect(keys()).toEqual(['a', 'e']);
  });
});
