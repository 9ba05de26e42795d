/** Which request a decision is about, and until when. Pure. */
import type { PairingRequest } from '$lib/gateway/protocol.gen';

/** How long a request waits when its device does not ask again. */
export const REQUEST_LIFETIME_MS = 5 * 60_000;

/** When it expires at the earliest: a device that asks again keeps it alive. */
export function expiresAt(request: PairingRequest): number {
  const known: unknown = 'expiresAtMs' in request ? request.expiresAtMs : undefined;
  return typeof known === 'number' ? known : request.ts + REQUEST_LIFETIME_MS;
}

/** The oldest first: a list that jumps while somebody reads invites mistakes. */
export function orderRequests(requests: readonly PairingRequest[]): PairingRequest[] {
  return [...requests].sort((a, b) => a.ts - b.ts || a.requestId.localeCompare(b.requestId));
}

/** Identifies what an approver was shown, so a decision can be refused when it is another. */
export function shownAs(request: PairingRequest): string {
  const roles = request.roles ?? [request.role ?? 'operator'];
  return JSON.stringify([
    request.requestId,
    request.publicKey,
    [...roles].sort(),
    [...(request.scopes ?? [])].sort(),
  ]);
}

export type Fate =
  | { kind: 'same' }
  /** The device asks for something else now; decide what is shown there. */
  | { kind: 'superseded'; by: PairingRequest }
  | { kind: 'gone' };

/** What became of a request that was on the screen. */
export function fateOf(shown: PairingRequest, requests: readonly PairingRequest[]): Fate {
  if (requests.some((request) => shownAs(request) === shownAs(shown))) return { kind: 'same' };
  const by = requests.find((request) => request.deviceId === shown.deviceId);
  return by ? { kind: 'superseded', by } : { kind: 'gone' };
}

export interface PendingCard {
  request: PairingRequest;
  /** Why this card is not what it was. */
  notice?: 'superseded' | 'refused' | 'gone';
}

/**
 * The cards after the list was read again. A card stays where it is and says so
 * when its request was replaced or ended; one that was decided here goes.
 */
export function reconcile(
  cards: readonly PendingCard[],
  requests: readonly PairingRequest[],
  decided: ReadonlySet<string>,
): PendingCard[] {
  const waiting = requests.filter((request) => !decided.has(request.requestId));
  const kept = cards.flatMap((card): PendingCard[] => {
    const fate = fateOf(card.request, waiting);
    if (fate.kind === 'superseded') {
      return [{ request: fate.by, notice: card.notice === 'refused' ? 'refused' : 'superseded' }];
    }
    if (fate.kind === 'gone') return decided.has(card.request.requestId) ? [] : [{ ...card, notice: 'gone' }];
    // The gateway knows the newer deadline.
    const request = waiting.find((candidate) => shownAs(candidate) === shownAs(card.request)) ?? card.request;
    return [card.notice === 'gone' ? { request } : { ...card, request }];
  });
  const shown = new Set(kept.map((card) => card.request.deviceId));
  const added = orderRequests(waiting).filter((request) => !shown.has(request.deviceId));
  return [...kept, ...added.map((request) => ({ request }))];
}
