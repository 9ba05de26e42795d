import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import {
  gateway,
  GatewayError,
  type Events,
  type NodePairRequested,
  type NodeRow,
} from '$lib/gateway/index.svelte';
import { NodeStore } from './store.svelte';

const asks = (requestId: string, commands = ['system.run']): NodePairRequested => ({
  requestId,
  nodeId: 'n1',
  commands,
  ts: 0,
});
const node: NodeRow = { nodeId: 'n1', caps: [], commands: [], paired: true, connected: true };

let pending: NodePairRequested[];
let refusal: GatewayError | undefined;
let call: MockInstance<typeof gateway.call>;
let store: NodeStore;
const handlers = new Map<string, (payload: never) => void>();
let online: () => void;

beforeEach(async () => {
  pending = [asks('r1')];
  refusal = undefined;
  handlers.clear();
  vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.admin']));
  vi.spyOn(gateway, 'on').mockImplementation((event, handler) => {
    handlers.set(event, handler as never);
    return () => handlers.delete(event);
  });
  vi.spyOn(gateway, 'onOnline').mockImplementation((handler) => {
    online = () => void handler();
    return () => undefined;
  });
  call = vi.spyOn(gateway, 'call').mockImplementation(async (method: string) => {
    if (method === 'node.list')
      return { ts: 0, nodes: [node, { ...node, nodeId: 'n2', active: true }] } as never;
    if (method === 'node.pair.list') return { pending, paired: [] } as never;
    if (refusal) throw refusal;
    return {} as never;
  });
  store = new NodeStore();
  await store.refresh();
});

const shown = (): [string, string | undefined][] =>
  store.cards.map((card) => [card.request.requestId, card.notice]);
const first = () => {
  const [card] = store.cards;
  if (!card) throw new Error('no card is shown');
  return card;
};
function say<E extends keyof Events>(event: E, payload: Events[E]): void {
  handlers.get(event)?.(payload as never);
}

describe('deciding', () => {
  it('names the request and the node that were shown', async () => {
    pending = [];
    expect(await store.decide(first(), 'approve')).toBe(true);
    expect(call).toHaveBeenCalledWith('node.pair.approve', { requestId: 'r1', nodeId: 'n1' });
    expect(shown()).toEqual([]);
  });

  it('approves nothing when the request was replaced, and shows the new one', async () => {
    const card = first();
    pending = [asks('r2', ['system.run', 'computer.act'])];
    refusal = new GatewayError({ code: 'INVALID_REQUEST', message: 'unknown requestId' });
    expect(await store.decide(card, 'approve')).toBe(false);
    expect(shown()).toEqual([['r2', 'refused']]);
  });

  it('keeps the card when the gateway refuses for another reason', async () => {
    refusal = new GatewayError({
      code: 'FORBIDDEN',
      message: 'this needs scopes that the caller does not hold',
    });
    await expect(store.decide(first(), 'reject')).rejects.toBe(refusal);
    expect(shown()).toEqual([['r1', undefined]]);
  });
});

describe('events', () => {
  it('bring figures and the active computer at once, without reading again', () => {
    const stop = store.watch();
    const before = call.mock.calls.length;
    const hostStats = { cpuCount: 4, memoryTotalBytes: 10, memoryFreeBytes: 5 };
    say('node.hostStats', { nodeId: 'n1', hostStats });
    say('node.presence', { nodeId: 'n1', active: true });
    expect(store.list.value?.nodes).toEqual([
      { ...node, hostStats, active: true },
      { ...node, nodeId: 'n2', active: false },
    ]);
    expect(call.mock.calls.length).toBe(before);
    stop();
    expect(handlers.size).toBe(0);
  });

  it('read the lists again when something was asked or decided, and after a reconnect', async () => {
    const stop = store.watch();
    pending = [];
    say('node.pair.resolved', { requestId: 'r1', nodeId: 'n1', decision: 'approved', ts: 0 });
    await vi.waitFor(() => expect(shown()).toEqual([['r1', 'gone']]));
    pending = [asks('r3')];
    online();
    await vi.waitFor(() => expect(shown()).toEqual([['r3', 'superseded']]));
    stop();
  });
});
