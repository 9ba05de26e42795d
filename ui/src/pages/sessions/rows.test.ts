import { describe, expect, it } from 'vitest';
import type { SessionRow } from '$lib/gateway/protocol.gen';
import {
  agentsOf,
  channelsOf,
  filterSessions,
  isFiltered,
  NO_FILTER,
  orderSessions,
  sessionTitle,
  withoutTwins,
  withSession,
} from './rows';

const texts = { main: 'Main chat', untitled: 'Untitled' };

const row = (key: string, change: Partial<SessionRow> = {}): SessionRow => ({
  key,
  kind: 'direct',
  agentId: 'main',
  isMain: false,
  updatedAt: 0,
  archived: false,
  pinned: false,
  unread: false,
  hasActiveRun: false,
  activeRunIds: [],
  visibility: 'shared',
  sharingRole: 'admin',
  ...change,
});

const keys = (rows: readonly SessionRow[]): string[] => rows.map((entry) => entry.key);

describe('sessionTitle', () => {
  it.each([
    [{ label: 'Trip', derivedTitle: 'x' }, 'Trip'],
    [{ displayName: 'Family group', derivedTitle: 'x' }, 'Family group'],
    [{ isMain: true, derivedTitle: 'Hello there' }, 'Hello there'],
    [{ isMain: true }, 'Main chat'],
    [{ derivedTitle: 'Plan the week' }, 'Plan the week'],
    [{}, 'telegram:group:7'],
  ])('%j is called %s', (change, want) => {
    expect(sessionTitle(row('agent:main:telegram:group:7', change), texts)).toBe(want);
  });

  it('does not show made-up ids', () => {
    expect(sessionTitle(row('agent:main:0b5c7c1e-1111-4a4a-9d9d-123456789abc'), texts)).toBe('Untitled');
  });
});

describe('filterSessions', () => {
  const rows = [
    row('a', { label: 'Trip to Rome', agentId: 'travel' }),
    row('b', { archived: true, channel: 'telegram', lastMessagePreview: 'See you in Rome' }),
    row('c', { unread: true, hasActiveRun: true, channel: 'matrix' }),
  ];
  it.each([
    [{}, ['a', 'c']],
    [{ shelf: 'archived' as const }, ['b']],
    [{ shelf: 'all' as const, search: 'ROME' }, ['a', 'b']],
    [{ shelf: 'all' as const, search: 'rome trip' }, ['a']],
    [{ agentId: 'travel' }, ['a']],
    [{ channel: 'matrix' }, ['c']],
    [{ onlyActive: true }, ['c']],
    [{ onlyUnread: true }, ['c']],
  ])('%j leaves %j', (change, want) => {
    expect(keys(filterSessions(rows, { ...NO_FILTER, ...change }, texts))).toEqual(want);
  });

  it('knows whether anything is filtered', () => {
    expect(isFiltered({ ...NO_FILTER })).toBe(false);
    expect(isFiltered({ ...NO_FILTER, onlyUnread: true })).toBe(true);
  });

  it('offers the agents and channels that there are', () => {
    expect([agentsOf(rows), channelsOf(rows)]).toEqual([
      ['main', 'travel'],
      ['matrix', 'telegram'],
    ]);
  });
});

describe('orderSessions', () => {
  const costs = new Map([
    ['a', { tokens: 10, usd: 3, isPartial: false }],
    ['b', { tokens: 99, usd: 1, isPartial: false }],
  ]);
  const rows = [
    row('a', { label: 'Zebra', updatedAt: 1 }),
    row('b', { label: 'Apple 10', updatedAt: 2 }),
    row('c', { label: 'Apple 9', updatedAt: 3 }),
    row('p', { label: 'Pinned', updatedAt: 0, pinned: true }),
  ];
  it.each([
    ['recent' as const, ['p', 'c', 'b', 'a']],
    ['name' as const, ['p', 'c', 'b', 'a']],
    ['cost' as const, ['p', 'a', 'b', 'c']],
    ['tokens' as const, ['p', 'b', 'a', 'c']],
  ])('by %s', (order, want) => {
    expect(keys(orderSessions(rows, order, costs, texts))).toEqual(want);
  });
});

describe('withoutTwins', () => {
  it('keeps the later of two readings', () => {
    expect(withoutTwins([row('a'), row('b'), row('a', { pinned: true })])).toEqual([
      row('a', { pinned: true }),
      row('b'),
    ]);
  });
});

describe('withSession', () => {
  it('replaces, adds and removes', () => {
    const rows = [row('a', { derivedTitle: 'first words' }), row('b')];
    expect(withSession(rows, 'a', row('a', { unread: true }))[0]).toMatchObject({
      unread: true,
      derivedTitle: 'first words',
    });
    expect(keys(withSession(rows, 'n', row('n')))).toEqual(['n', 'a', 'b']);
    expect(keys(withSession(rows, 'a', undefined))).toEqual(['b']);
    expect(keys(withSession(rows, 'x', undefined))).toEqual(['a', 'b']);
  });
});
