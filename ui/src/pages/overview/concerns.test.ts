import { describe, expect, it } from 'vitest';
import type {
  ApprovalRequested,
  ModelRow,
  PairingRequest,
  SystemInfoResult,
  UsageLimit,
} from '$lib/gateway/protocol.gen';
import { concernsOf, headlineOf, type Facts } from './concerns';

const nothing: Facts = { approvals: [], pairings: [], limits: [], warnings: [] };

const limit = (usedPercent: number, blocked = false): UsageLimit => ({
  unit: 'usd',
  spent: usedPercent,
  reserved: 0,
  limit: 100,
  usedPercent,
  resetAt: 0,
  blocked,
});

const model = (change: Partial<ModelRow>): ModelRow => ({
  id: 'm',
  name: 'M',
  provider: 'p',
  tags: ['default'],
  ...change,
});
const machine = (free: number, total: number): SystemInfoResult =>
  ({ diskAvailableBytes: free, diskTotalBytes: total }) as SystemInfoResult;
const kinds = (facts: Partial<Facts>): string[] =>
  concernsOf({ ...nothing, ...facts }).map((concern) => concern.kind);

describe('concernsOf', () => {
  it('finds nothing when all is well', () => {
    expect(kinds({ limits: [limit(79)], models: [model({})], machine: machine(5e10, 1e11) })).toEqual([]);
  });

  it('says nothing about what was not read yet', () => {
    expect(kinds({})).toEqual([]);
  });

  it('puts what cannot wait first', () => {
    const facts = {
      approvals: [{ id: 'a' } as ApprovalRequested],
      pairings: [{ requestId: 'p' } as PairingRequest],
      limits: [limit(85), { ...limit(100, true), agentId: 'main' }],
      warnings: ['no keychain', 'safe mode: the configuration is invalid'],
      models: [model({ provider: 'postern' })],
    };
    expect(kinds(facts)).toEqual([
      'approval',
      'limitReached',
      'warning',
      'pairing',
      'warning',
      'limitNear',
      'noModel',
    ]);
  });

  it.each([
    [[], ['noModel']],
    [[model({ tags: [] })], ['noModel']],
    [[model({ available: false, unavailableReason: 'missing-auth' })], ['modelUnavailable']],
    [[model({ available: true })], []],
  ])('models %j', (models, want) => {
    expect(kinds({ models })).toEqual(want);
  });

  it.each([
    [0.5e9, 1e9, ['diskLow']],
    [2e9, 1e12, ['diskLow']],
    [40e9, 1e12, []],
  ])('%d free of %d', (free, total, want) => {
    expect(kinds({ machine: machine(free, total) })).toEqual(want);
  });

  it('gives every concern an id of its own', () => {
    const concerns = concernsOf({
      ...nothing,
      warnings: ['same', 'same'],
      limits: [limit(90), { ...limit(90), unit: 'tokens' }],
    });
    expect(new Set(concerns.map((concern) => concern.id)).size).toBe(concerns.length);
  });
});

describe('headlineOf', () => {
  const headline = (facts: Partial<Facts>): string => headlineOf(concernsOf({ ...nothing, ...facts }));
  it('is well with hints only', () => {
    expect(headline({ models: [model({ provider: 'postern' })] })).toBe('well');
  });

  it('asks for attention when somebody waits', () => {
    expect(headline({ approvals: [{ id: 'a' } as ApprovalRequested] })).toBe('attention');
    expect(headline({ pairings: [{ requestId: 'p' } as PairingRequest] })).toBe('attention');
  });

  it('is trouble when something does not work', () => {
    expect(headline({ limits: [limit(100, true)] })).toBe('trouble');
    expect(headline({ warnings: ['safe mode: the configuration is invalid'] })).toBe('trouble');
  });
});
