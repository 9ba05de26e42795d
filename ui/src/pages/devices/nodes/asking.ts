/** Requests of nodes to be used: which are shown, and what became of them. Pure. */
import type { NodePairRequested } from '$lib/gateway/protocol.gen';

export interface NodeCard {
  request: NodePairRequested;
  /** Why this card is not what it was. */
  notice?: 'superseded' | 'refused' | 'gone';
}

/** Identifies what an approver was shown. */
export function shownAs(request: NodePairRequested): string {
  return JSON.stringify([
    request.requestId,
    request.nodeId,
    [...(request.commands ?? [])].sort(),
    [...(request.caps ?? [])].sort(),
  ]);
}

/** What lacks the fields that everything here reads is no request. */
export function isRequest(row: NodePairRequested | undefined | null): row is NodePairRequested {
  return typeof row?.requestId === 'string' && typeof row.nodeId === 'string' && typeof row.ts === 'number';
}

/**
 * The cards after the list was read again: one per node, in the order in which
 * they came. A card stays where it is and says so when its request was replaced
 * or ended; one that was decided here goes.
 */
export function reconcile(
  cards: readonly NodeCard[],
  requests: readonly NodePairRequested[],
  decided: ReadonlySet<string>,
): NodeCard[] {
  const waiting = requests.filter((request) => isRequest(request) && !decided.has(request.requestId));
  const kept = cards.flatMap((card): NodeCard[] => {
    const now = waiting.find((request) => request.nodeId === card.request.nodeId);
    if (!now) return decided.has(card.request.requestId) ? [] : [{ ...card, notice: 'gone' }];
    if (shownAs(now) !== shownAs(card.request)) {
      return [{ request: now, notice: card.notice === 'refused' ? 'refused' : 'superseded' }];
    }
    return [card.notice === 'gone' ? { request: now } : { ...card, request: now }];
  });
  const shown = new Set(kept.map((card) => card.request.nodeId));
  const added = waiting
    .filter((request) => !shown.has(request.nodeId))
    .sort((a, b) => a.ts - b.ts || a.requestId.localeCompare(b.requestId));
  return [...kept, ...added.map((request) => ({ request }))];
}
