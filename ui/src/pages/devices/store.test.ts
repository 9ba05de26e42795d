import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { gateway, GatewayError, type PairingRequest } from '$lib/gateway/index.svelte';
import { DeviceStore } from './store.svelte';

const request = (requestId: string, scopes = ['operator.read']): PairingRequest => ({
  requestId,
  deviceId: 'd1',
  publicKey: 'k1',
  scopes,
  ts: 0,
});

let pending: PairingRequest[];
let refusal: GatewayError | undefined;
let call: MockInstance<typeof gateway.call>;
let store: DeviceStore;

beforeEach(async () => {
  pending = [request('r1')];
  refusal = undefined;
  call = vi.spyOn(gateway, 'call').mockImplementation(async (method: string) => {
    if (method === 'device.pair.list') return { pending, paired: [] } as never;
    if (refusal) throw refusal;
    return {} as never;
  });
  store = new DeviceStore();
  await store.list.refresh();
});

const shown = (): [string, string | undefined][] =>
  store.cards.map((card) => [card.request.requestId, card.notice]);
const first = () => {
  const [card] = store.cards;
  if (!card) throw new Error('no card is shown');
  return card;
};

describe('deciding', () => {
  it('names the request and the device that were shown', async () => {
    pending = [];
    expect(await store.decide(first(), 'approve')).toBe(true);
    expect(call).toHaveBeenCalledWith('device.pair.approve', { requestId: 'r1', deviceId: 'd1' });
    expect(shown()).toEqual([]);
  });

  it('approves nothing when the request was replaced, and shows the new one', async () => {
    const card = first();
    pending = [request('r2', ['operator.admin'])];
    refusal = new GatewayError({ code: 'INVALID_REQUEST', message: 'unknown requestId' });
    expect(await store.decide(card, 'approve')).toBe(false);
    expect(shown()).toEqual([['r2', 'refused']]);
    expect(call.mock.calls.filter(([method]) => method === 'device.pair.approve')).toHaveLength(1);
  });

  it('does not bring back what was decided while an older list was on its way', async () => {
    await store.decide(first(), 'reject');
    expect(shown()).toEqual([]);
    pending = [request('r2')];
    await store.list.refresh();
    expect(shown()).toEqual([['r2', undefined]]);
  });

  it('keeps the card when the gateway refuses for another reason', async () => {
    refusal = new GatewayError({
      code: 'FORBIDDEN',
      message: 'this needs scopes that the caller does not hold',
    });
    await expect(store.decide(first(), 'approve')).rejects.toBe(refusal);
    expect(shown()).toEqual([['r1', undefined]]);
  });
});
