import { describe, expect, it } from 'vitest';
import type { PairedDevice, PairingRequest } from '$lib/gateway/protocol.gen';
import { allows, compareAccess, describeScopes, missingToApprove } from './access';

const request = (change: Partial<PairingRequest> = {}): PairingRequest => ({
  requestId: 'r1',
  deviceId: 'd1',
  publicKey: 'k1',
  role: 'operator',
  roles: ['operator'],
  scopes: ['operator.read'],
  ts: 0,
  ...change,
});

const device = (change: Partial<PairedDevice> = {}): PairedDevice => ({
  deviceId: 'd1',
  publicKey: 'k1',
  role: 'operator',
  roles: ['operator'],
  scopes: ['operator.read'],
  createdAtMs: 0,
  approvedAtMs: 0,
  approvedVia: 'operator',
  connected: false,
  tokens: [],
  ...change,
});

describe('describeScopes', () => {
  it('puts what is dangerous first and leaves out what is contained', () => {
    const views = describeScopes([
      'operator.read',
      'operator.write',
      'operator.approvals',
      'operator.questions',
    ]);
    expect(views.map((scope) => scope.name)).toEqual(['approvals', 'write', 'questions']);
    expect(views.map((scope) => scope.danger)).toEqual([true, false, false]);
  });

  it('says everything with one word for an administrator', () => {
    expect(describeScopes(['operator.read', 'operator.pairing', 'operator.admin'])).toEqual([
      { word: 'operator.admin', name: 'admin', danger: true },
    ]);
  });

  it('marks words it does not know as dangerous, also beside admin', () => {
    expect(
      describeScopes(['operator.root', 'operator.read']).map((scope) => [scope.word, scope.danger]),
    ).toEqual([
      ['operator.root', true],
      ['operator.read', false],
    ]);
    expect(describeScopes(['operator.root', 'operator.admin']).map((scope) => scope.word)).toContain(
      'operator.root',
    );
  });
});

describe('allows', () => {
  it.each([
    [['operator.admin'], 'operator.pairing', true],
    [['operator.write'], 'operator.read', true],
    [['operator.write'], 'operator.sessions.write', true],
    [['operator.read'], 'operator.write', false],
    [['operator.pairing'], 'operator.read', false],
    [[], 'operator.read', false],
  ])('%j grants %s: %s', (held, word, want) => {
    expect(allows(held, word)).toBe(want);
  });
});

describe('compareAccess', () => {
  it('is new for a device nobody knows', () => {
    const change = compareAccess(request(), undefined);
    expect(change.kind).toBe('new');
    expect(change.added.map((scope) => scope.name)).toEqual(['read']);
    expect(change.kept).toEqual([]);
  });

  it('tells what would be added and what is held already', () => {
    const change = compareAccess(request({ scopes: ['operator.read', 'operator.admin'] }), device());
    expect(change.kind).toBe('upgrade');
    expect(change.added.map((scope) => scope.name)).toEqual(['admin']);
    expect(change.kept.map((scope) => scope.name)).toEqual(['read']);
    expect(change.after).toEqual(['operator.read', 'operator.admin']);
  });

  it('is a repair when nothing grows', () => {
    const change = compareAccess(request(), device({ scopes: ['operator.write'] }));
    expect(change.kind).toBe('repair');
    expect(change.added).toEqual([]);
  });

  it('counts a further role as growing', () => {
    const change = compareAccess(request({ roles: ['operator', 'node'] }), device());
    expect(change.kind).toBe('upgrade');
    expect(change.roles).toEqual([
      { role: 'operator', isNew: false },
      { role: 'node', isNew: true },
    ]);
  });

  it('carries nothing over to another key under the same id', () => {
    const change = compareAccess(request(), device({ publicKey: 'other', scopes: ['operator.admin'] }));
    expect(change.kind).toBe('new');
    expect(change.kept).toEqual([]);
  });

  it('notices another operating system', () => {
    const change = compareAccess(request({ platform: 'linux' }), device({ platform: 'ios' }));
    expect(change.platformChanged).toEqual({ before: 'ios', now: 'linux' });
  });
});

describe('missingToApprove', () => {
  it('wants everything the device would hold, and pairing itself', () => {
    expect(missingToApprove(['operator.pairing'], ['operator.admin']).map((scope) => scope.name)).toEqual([
      'admin',
    ]);
    expect(missingToApprove(['operator.write'], ['operator.read']).map((scope) => scope.name)).toEqual([
      'pairing',
    ]);
    expect(missingToApprove(['operator.admin'], ['operator.admin', 'operator.read'])).toEqual([]);
  });
});
