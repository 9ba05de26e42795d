// Which requests are shown in the corner. Pure.
import type { ApprovalRequested, NodePairRequested, PairingRequest } from '$lib/gateway/protocol.gen';
import type { PageName } from '$lib/router.svelte';

export type Prompt =
  | { kind: 'pairing'; id: string; at: number; request: PairingRequest }
  | { kind: 'node'; id: string; at: number; request: NodePairRequested }
  | { kind: 'approval'; id: string; at: number; approval: ApprovalRequested };

/** Cards at once; the rest wait behind them. */
export const MOST = 2;

/**
 * The requests to show, oldest first, so that nothing moves under a pointer when another one comes. Those that the
 * open page lists itself, and those put off, are left out.
 */
export function pick(
  waiting: {
    pairings: readonly PairingRequest[];
    nodes: readonly NodePairRequested[];
    approvals: readonly ApprovalRequested[];
  },
  page: PageName,
  later: ReadonlySet<string>,
): Prompt[] {
  const prompts: Prompt[] = [];
  const { pairings, nodes, approvals } = waiting;
  if (page !== 'devices') {
    for (const request of pairings)
      prompts.push({ kind: 'pairing', id: request.requestId, at: request.ts, request });
    for (const request of nodes)
      prompts.push({ kind: 'node', id: request.requestId, at: request.ts, request });
  }
  if (page !== 'approvals')
    for (const approval of approvals)
      prompts.push({ kind: 'approval', id: approval.id, at: approval.createdAtMs, approval });
  return prompts.filter(({ id }) => !later.has(id)).sort((a, b) => a.at - b.at);
}
