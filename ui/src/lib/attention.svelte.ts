// What waits for a decision: devices that ask to pair, nodes that ask to be used, and commands. Loaded on every connection, kept by events.
import { SvelteMap } from 'svelte/reactivity';
import {
  gateway,
  type ApprovalRequested,
  type NodePairRequested,
  type PairingRequest,
} from './gateway/index.svelte';
import { Readings } from './readings';

/** Pending requests of devices live this long on the gateway. */
export const PAIRING_TTL_MS = 5 * 60_000;

const RECHECK_MS = 10_000;

let checkedAt = Number.NEGATIVE_INFINITY;
const pairings = new SvelteMap<string, PairingRequest>();
/** By node: one request each. */
const nodes = new SvelteMap<string, NodePairRequested>();
const approvals = new SvelteMap<string, ApprovalRequested>();

const readings = { pairings: new Readings(), nodes: new Readings(), approvals: new Readings() };

const oldestPairings = $derived([...pairings.values()].sort((a, b) => a.ts - b.ts));
const oldestNodes = $derived([...nodes.values()].sort((a, b) => a.ts - b.ts));
const oldestApprovals = $derived([...approvals.values()].sort((a, b) => a.createdAtMs - b.createdAtMs));

export const attention = {
  /** Devices that ask to pair, first seen first. */
  get pairings(): readonly PairingRequest[] {
    return oldestPairings;
  },
  /** Nodes that ask to be used, or for more, first asked first. */
  get nodes(): readonly NodePairRequested[] {
    return oldestNodes;
  },
  /** Commands that wait, oldest first. */
  get approvals(): readonly ApprovalRequested[] {
    return oldestApprovals;
  },
  get count(): number {
    return pairings.size + nodes.size + approvals.size;
  },
};

/** What lacks the fields that everything here reads is no request; one of them must not take the others along. */
function isPairing(row: PairingRequest | undefined | null): row is PairingRequest {
  return typeof row?.requestId === 'string' && typeof row.deviceId === 'string' && typeof row.ts === 'number';
}

function isNode(row: NodePairRequested | undefined | null): row is NodePairRequested {
  return typeof row?.requestId === 'string' && typeof row.nodeId === 'string' && typeof row.ts === 'number';
}

function isApproval(row: ApprovalRequested | undefined | null): row is ApprovalRequested {
  const request: Partial<ApprovalRequested['request']> | undefined | null = row?.request;
  return (
    typeof row?.id === 'string' &&
    typeof row.createdAtMs === 'number' &&
    typeof row.expiresAtMs === 'number' &&
    typeof request?.command === 'string' &&
    Array.isArray(request.allowedDecisions)
  );
}

function replace<T>(map: SvelteMap<string, T>, rows: readonly T[], key: (row: T) => string): void {
  const keep = new Set(rows.map(key));
  for (const id of [...map.keys()]) if (!keep.has(id)) map.delete(id);
  for (const row of rows) map.set(key(row), row);
}

function loadPairings(): Promise<void> {
  return readings.pairings.read(
    () => gateway.call('device.pair.list', {}),
    ({ pending }) => replace(pairings, pending.filter(isPairing), (row) => row.requestId),
  );
}

function loadNodes(): Promise<void> {
  return readings.nodes.read(
    () => gateway.call('node.pair.list', {}),
    ({ pending }) => replace(nodes, pending.filter(isNode), (row) => row.nodeId),
  );
}

async function load(): Promise<void> {
  const jobs: Promise<void>[] = [];
  if (gateway.scopes.has('operator.pairing')) jobs.push(loadPairings(), loadNodes());
  if (gateway.scopes.has('operator.approvals'))
    jobs.push(
      readings.approvals.read(
        () => gateway.call('exec.approval.list', {}),
        (rows) => replace(approvals, rows.filter(isApproval), (row) => row.id),
      ),
    );
  await Promise.all(jobs);
}

/** Something that an event tells. */
function heard(list: Readings, change: () => void): void {
  list.note(change);
  change();
}

/** Lists also tell what events do not: until when, and what is gone. */
function too(loading: Promise<void>): void {
  loading.catch(() => undefined);
}

function putPairing(request: PairingRequest): void {
  // One request per device: a changed one takes the place of the old.
  for (const [id, other] of pairings) {
    if (other.deviceId === request.deviceId && id !== request.requestId) pairings.delete(id);
  }
  pairings.set(request.requestId, request);
}

/** Starts listening; once, by App.svelte. */
export function watchAttention(): () => void {
  const stops = [
    gateway.on('device.pair.requested', (request) => {
      if (!isPairing(request)) return;
      heard(readings.pairings, () => putPairing(request));
      too(loadPairings());
    }),
    gateway.on('device.pair.resolved', ({ requestId }) =>
      heard(readings.pairings, () => pairings.delete(requestId)),
    ),
    gateway.on('node.pair.requested', (request) => {
      if (!isNode(request)) return;
      heard(readings.nodes, () => nodes.set(request.nodeId, request));
      too(loadNodes());
    }),
    gateway.on('node.pair.resolved', ({ requestId, nodeId }) =>
      heard(readings.nodes, () => {
        // The end of an earlier request must not take a later one along.
        if (nodes.get(nodeId)?.requestId === requestId) nodes.delete(nodeId);
      }),
    ),
    gateway.on('exec.approval.requested', (request) => {
      if (isApproval(request)) heard(readings.approvals, () => approvals.set(request.id, request));
    }),
    gateway.on('exec.approval.resolved', ({ id }) => heard(readings.approvals, () => approvals.delete(id))),
    gateway.onOnline(load),
  ];
  return () => stops.forEach((stop) => stop());
}

/**
 * Looks after requests whose time is over. Nothing is taken away by the clock: a device that asks again keeps its
 * request alive, and only the gateway knows. Run it with the clock.
 */
export function checkExpired(now: number): void {
  const overdue =
    oldestApprovals.some((request) => request.expiresAtMs <= now) ||
    oldestPairings.some((request) => request.ts + PAIRING_TTL_MS <= now);
  if (!overdue || now - checkedAt < RECHECK_MS || gateway.status.kind !== 'online') return;
  checkedAt = now;
  too(load());
}
