import { describe, expect, it } from 'vitest';
import type { PairingRequest } from '$lib/gateway/protocol.gen';
import { expiresAt, fateOf, orderRequests, reconcile, REQUEST_LIFETIME_MS } from './pending';

const request = (requestId: string, change: Partial<PairingRequest> = {}): PairingRequest => ({
  requestId,
  deviceId: 'd1',
  publicKey: 'k1',
  role: 'operator',
  scopes: ['operator.read'],
  ts: 1_000,
  ...change,
});

describe('expiresAt', () => {
  it('believes the gateway, else counts from the first request', () => {
    expect(expiresAt(request('r'))).toBe(1_000 + REQUEST_LIFETIME_MS);
    expect(expiresAt({ ...request('r'), expiresAtMs: 77 } as PairingRequest)).toBe(77);
  });
});

describe('orderRequests', () => {
  it('keeps the oldest first', () => {
    const list = [request('b', { ts: 2 }), request('c', { ts: 3 }), request('a', { ts: 1 })];
    expect(orderRequests(list).map((entry) => entry.requestId)).toEqual(['a', 'b', 'c']);
  });
});

describe('fateOf', () => {
  it('is the same while id, key, roles and scopes are', () => {
    const shown = request('r', { scopes: ['operator.read', 'operator.write'] });
    const now = request('r', { scopes: ['operator.write', 'operator.read'], displayName: 'other name' });
    expect(fateOf(shown, [now])).toEqual({ kind: 'same' });
  });

  it('is superseded when the device asks for something else', () => {
    const by = request('r2', { scopes: ['operator.admin'] });
    expect(fateOf(request('r1'), [request('x', { deviceId: 'd2' }), by])).toEqual({ kind: 'superseded', by });
  });

  it('is superseded when the content changes under the same id', () => {
    const by = request('r1', { scopes: ['operator.admin'] });
    expect(fateOf(request('r1'), [by])).toEqual({ kind: 'superseded', by });
  });

  it('is gone when nothing waits for that device', () => {
    expect(fateOf(request('r1'), [request('x', { deviceId: 'd2' })])).toEqual({ kind: 'gone' });
  });
});

describe('reconcile', () => {
  const none = new Set<string>();
  const other = request('x', { deviceId: 'd2', ts: 5 });

  it('adds new requests at the end, so that no button moves', () => {
    const cards = reconcile([{ request: other }], [request('r'), other], none);
    expect(cards.map((card) => card.request.requestId)).toEqual(['x', 'r']);
  });

  it('shows the new details in the place of a superseded request and says so', () => {
    const by = request('r2', { scopes: ['operator.admin'] });
    expect(reconcile([{ request: request('r1') }, { request: other }], [other, by], none)).toEqual([
      { request: by, notice: 'superseded' },
      { request: other },
    ]);
  });

  it('keeps the note that nothing was approved', () => {
    const by = request('r2');
    expect(reconcile([{ request: request('r1'), notice: 'refused' }], [by], none)).toEqual([
      { request: by, notice: 'refused' },
    ]);
  });

  it('says that a request is over, unless it was decided here', () => {
    expect(reconcile([{ request: request('r1') }], [], none)).toEqual([
      { request: request('r1'), notice: 'gone' },
    ]);
    expect(reconcile([{ request: request('r1') }], [], new Set(['r1']))).toEqual([]);
    expect(reconcile([{ request: request('r1') }], [request('r1')], new Set(['r1']))).toEqual([]);
  });

  it('takes the deadline that the gateway tells last', () => {
    const later = { ...request('r1'), expiresAtMs: 99 } as PairingRequest;
    expect(reconcile([{ request: request('r1') }], [later], none)[0]?.request).toBe(later);
  });
});
