import { SvelteSet } from 'svelte/reactivity';
import { gateway, GatewayError, type DevicePairListResult, type Role } from '$lib/gateway/index.svelte';
import { Fetched, gathered } from '../fetched.svelte';
import { reconcile, type PendingCard } from './pending';

/** How long several events may gather before the list is read again. */
const PAUSE_MS = 400;

/** Everything the page shows, kept by events; one per visit of the page. */
export class DeviceStore {
  readonly list = new Fetched<DevicePairListResult>(async () => {
    const list = await gateway.call('device.pair.list', {});
    this.cards = reconcile(this.cards, list.pending, this.#decided);
    return list;
  });
  cards = $state.raw<readonly PendingCard[]>([]);
  /** Requests that were decided here; an answer may arrive after a reading that still had them. */
  readonly #decided = new SvelteSet<string>();

  /** Starts listening; gives how to stop. */
  watch(): () => void {
    const again = gathered(() => void this.list.refresh(), PAUSE_MS);
    const stops = [
      gateway.onOnline(() => this.list.refresh()),
      gateway.on('device.pair.requested', () => void this.list.refresh()),
      gateway.on('device.pair.resolved', () => void this.list.refresh()),
      gateway.on('device.pair.changed', again),
      gateway.on('presence', again),
    ];
    return () => {
      again.stop();
      for (const stop of stops) stop();
    };
  }

  /** Decides exactly the request that is shown; false when that was not possible any more. */
  async decide(card: PendingCard, decision: 'approve' | 'reject'): Promise<boolean> {
    const { requestId, deviceId } = card.request;
    try {
      await gateway.call(`device.pair.${decision}`, { requestId, deviceId });
    } catch (error) {
      if (!isOver(error)) throw error;
      this.#mark(card, 'refused');
      await this.list.refresh();
      return false;
    }
    this.#decided.add(requestId);
    this.cards = this.cards.filter((other) => other.request.requestId !== requestId);
    await this.list.refresh();
    return true;
  }

  dismiss(card: PendingCard): void {
    this.cards = this.cards.filter((other) => other !== card);
  }

  #mark(card: PendingCard, notice: 'refused'): void {
    this.cards = this.cards.map((other) =>
      other.request.requestId === card.request.requestId ? { ...other, notice } : other,
    );
  }

  async rename(deviceId: string, label: string): Promise<void> {
    await gateway.call('device.pair.rename', { deviceId, label });
    await this.list.refresh();
  }

  /** Whether the device itself was the caller and this page got the token. */
  async rotate(deviceId: string, role: Role): Promise<boolean> {
    const result = await gateway.call('device.token.rotate', { deviceId, role });
    void this.list.refresh();
    return result.tokenDelivery === 'in-band';
  }

  async revoke(deviceId: string, role: Role): Promise<void> {
    await gateway.call('device.token.revoke', { deviceId, role });
    void this.list.refresh();
  }

  async remove(deviceId: string): Promise<void> {
    await gateway.call('device.pair.remove', { deviceId });
    void this.list.refresh();
  }
}

/** The request is not what was shown any more: expired, replaced or decided elsewhere. */
function isOver(error: unknown): boolean {
  return error instanceof GatewayError && /requestId/.test(error.message);
}
