import { SvelteSet } from 'svelte/reactivity';
import {
  gateway,
  GatewayError,
  type NodeListResult,
  type NodePairListResult,
  type NodeRow,
} from '$lib/gateway/index.svelte';
import { Fetched, gathered } from '../../fetched.svelte';
import { allows } from '../access';
import { reconcile, type NodeCard } from './asking';

/** How long several events may gather before the lists are read again. */
const PAUSE_MS = 400;

/** What is known of nodes, kept by events; one per visit of the page. */
export class NodeStore {
  readonly list = new Fetched<NodeListResult>(() => gateway.call('node.list', {}));
  /** What was approved, also of nodes that are away, and what waits. */
  readonly pairing = new Fetched<NodePairListResult>(async () => {
    const list = await gateway.call('node.pair.list', {});
    this.cards = reconcile(this.cards, list.pending, this.#decided);
    return list;
  });
  cards = $state.raw<readonly NodeCard[]>([]);
  /** Requests that were decided here; an answer may arrive after a reading that still had them. */
  readonly #decided = new SvelteSet<string>();

  /** Starts listening; gives how to stop. */
  watch(): () => void {
    const again = gathered(() => void this.refresh(), PAUSE_MS);
    const stops = [
      gateway.onOnline(() => this.refresh()),
      gateway.on('node.pair.requested', () => void this.refresh()),
      gateway.on('node.pair.resolved', () => void this.refresh()),
      gateway.on('device.pair.changed', again),
      gateway.on('device.pair.resolved', again),
      // Nodes come and go as presence does.
      gateway.on('presence', again),
      gateway.on('config.changed', again),
      gateway.on('node.hostStats', ({ nodeId, hostStats }) => {
        this.#patch(again, (node) => (node.nodeId === nodeId ? { ...node, hostStats } : node));
      }),
      gateway.on('node.presence', ({ nodeId, active }) => {
        this.#patch(again, (node) => {
          if (node.nodeId === nodeId) return { ...node, active };
          // One computer was used last.
          return active && node.active ? { ...node, active: false } : node;
        });
      }),
    ];
    return () => {
      again.stop();
      for (const stop of stops) stop();
    };
  }

  #patch(again: () => void, change: (node: NodeRow) => NodeRow): void {
    const { value, busy } = this.list;
    // What is being read already knows it or not; it is read once more.
    if (!value || busy) again();
    else this.list.set({ ...value, nodes: value.nodes.map(change) });
  }

  refresh = async (): Promise<void> => {
    const jobs: Promise<void>[] = [];
    if (allows(gateway.scopes, 'operator.read')) jobs.push(this.list.refresh());
    if (allows(gateway.scopes, 'operator.pairing')) jobs.push(this.pairing.refresh());
    await Promise.all(jobs);
  };

  /** Decides exactly the request that is shown; false when that was not possible any more. */
  async decide(card: NodeCard, decision: 'approve' | 'reject'): Promise<boolean> {
    const { requestId, nodeId } = card.request;
    try {
      await gateway.call(`node.pair.${decision}`, { requestId, nodeId });
    } catch (error) {
      if (!isOver(error)) throw error;
      this.cards = this.cards.map((other) =>
        other.request.requestId === requestId ? { ...other, notice: 'refused' } : other,
      );
      await this.refresh();
      return false;
    }
    this.#decided.add(requestId);
    this.cards = this.cards.filter((other) => other.request.requestId !== requestId);
    await this.refresh();
    return true;
  }

  dismiss(card: NodeCard): void {
    this.cards = this.cards.filter((other) => other !== card);
  }

  async rename(nodeId: string, displayName: string): Promise<void> {
    await gateway.call('node.rename', { nodeId, displayName });
    await this.refresh();
  }

  /** Takes back what agents may do with it; it stays paired. */
  async withdraw(nodeId: string): Promise<void> {
    await gateway.call('node.pair.remove', { nodeId });
    await this.refresh();
  }
}

/** The request is not what was shown any more: replaced or decided elsewhere. */
function isOver(error: unknown): boolean {
  return error instanceof GatewayError && /requestId/.test(error.message);
}
