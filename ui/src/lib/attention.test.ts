import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attention, checkExpired, watchAttention } from './attention.svelte';
import {
  gateway,
  type ApprovalRequested,
  type NodePairRequested,
  type PairingRequest,
} from './gateway/index.svelte';

const handlers = new Map<string, (payload: never) => void>();
const say = (event: string, payload: object): void => handlers.get(event)?.(payload as never);
const approval = {
  id: 'a1',
  createdAtMs: 1,
  expiresAtMs: 1_000,
  request: { command: 'ls', allowedDecisions: ['deny'] },
} as unknown as ApprovalRequested;
const pairing = (requestId: string, ts: number): PairingRequest => ({
  requestId,
  deviceId: 'd',
  publicKey: 'k',
  ts,
});

const node = (requestId: string, nodeId: string, ts = 1): NodePairRequested => ({ requestId, nodeId, ts });

let listed: { pending: PairingRequest[]; nodes: NodePairRequested[]; approvals: ApprovalRequested[] };
let stop: () => void;

beforeEach(async () => {
  listed = { pending: [], nodes: [], approvals: [] };
  vi.spyOn(gateway, 'status', 'get').mockReturnValue({ kind: 'online' } as typeof gateway.status);
  vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.pairing', 'operator.approvals']));
  vi.spyOn(gateway, 'on').mockImplementation((event, handler) => {
    handlers.set(event, handler as (payload: never) => void);
    return () => undefined;
  });
  vi.spyOn(gateway, 'call').mockImplementation(((method: string) => {
    const answers: Record<string, unknown> = {
      'device.pair.list': { pending: listed.pending, paired: [] },
      'node.pair.list': { pending: listed.nodes, paired: [] },
    };
    return Promise.resolve(answers[method] ?? listed.approvals);
  }) as typeof gateway.call);
  let loaded: void | Promise<void> = undefined;
  vi.spyOn(gateway, 'onOnline').mockImplementation((handler) => {
    loaded = handler();
    return () => undefined;
  });
  stop = watchAttention();
  await loaded;
});

/** Every answer that is on its way has come. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

afterEach(() => stop());

describe('what waits', () => {
  it('comes and goes with the events of the gateway', () => {
    say('exec.approval.requested', approval);
    expect(attention.approvals).toEqual([approval]);
    say('exec.approval.resolved', { id: 'a1' });
    expect(attention.count).toBe(0);
  });

  it('holds one request of a device: the latest', () => {
    say('device.pair.requested', pairing('r1', 1));
    say('device.pair.requested', pairing('r2', 2));
    expect(attention.pairings.map((request) => request.requestId)).toEqual(['r2']);
  });

  it('holds one request of a node, until just that one is resolved', () => {
    say('node.pair.requested', node('r1', 'n1'));
    say('node.pair.requested', node('r2', 'n1'));
    say('node.pair.requested', node('r3', 'n2', 0));
    expect(attention.nodes.map((request) => request.requestId)).toEqual(['r3', 'r2']);
    say('node.pair.resolved', { requestId: 'r1', nodeId: 'n1', decision: 'rejected', ts: 2 });
    expect(attention.count).toBe(2);
    say('node.pair.resolved', { requestId: 'r2', nodeId: 'n1', decision: 'approved', ts: 2 });
    say('node.pair.resolved', { requestId: 'r3', nodeId: 'n2', decision: 'removed', ts: 2 });
    expect(attention.count).toBe(0);
  });

  it('is not what lacks the fields of a request', () => {
    say('exec.approval.requested', { id: 'a2', createdAtMs: 1, expiresAtMs: 2 });
    say('exec.approval.requested', { ...approval, id: undefined });
    say('device.pair.requested', { requestId: 'r1', ts: 1 });
    say('node.pair.requested', { requestId: 'r1', ts: 1 });
    expect(attention.count).toBe(0);
  });

  it('is what events tell while the lists are read, which are older', async () => {
    listed = { pending: [], nodes: [node('r0', 'n0')], approvals: [approval] };
    say('node.pair.requested', node('r1', 'n1'));
    say('exec.approval.resolved', { id: 'a1' });
    say('exec.approval.requested', { ...approval, id: 'a2' });
    say('node.pair.resolved', { requestId: 'r0', nodeId: 'n0', decision: 'removed', ts: 2 });
    await settled();
    expect(attention.approvals.map((request) => request.id)).toEqual(['a2']);
    // A request that is no more, as the list read after it tells.
    expect(attention.nodes).toEqual([]);
  });

  it('is not taken away by the clock of this machine: the gateway is asked', async () => {
    listed.approvals = [approval];
    say('exec.approval.requested', approval);
    checkExpired(2_000_000);
    expect(gateway.call).toHaveBeenCalledWith('exec.approval.list', {});
    expect(attention.approvals).toHaveLength(1);
    listed.approvals = [];
    checkExpired(3_000_000);
    await vi.waitFor(() => expect(attention.count).toBe(0));
  });
});
