/** Devices and nodes as one list: a node is a device in another role, never a second entry. Pure. */
import type { NodeRow, PairedDevice, PairedNode } from '$lib/gateway/protocol.gen';

export interface Entry {
  device: PairedDevice;
  /** As a node; absent for devices that are none. */
  node?: NodeRow;
  /** What was approved of it, whether it is connected or not. */
  approved?: PairedNode;
  /** Known as a node only: it has no token and no key that could be rotated or revoked. */
  isBare: boolean;
}

/** Everything that is paired, whatever it was paired as. */
export function merged(
  devices: readonly PairedDevice[],
  nodes: readonly NodeRow[],
  approved: readonly PairedNode[],
): Entry[] {
  const rows = new Map(nodes.map((node) => [node.nodeId, node]));
  const surfaces = new Map(approved.map((node) => [node.nodeId, node]));
  const known = new Set(devices.map((device) => device.deviceId));
  const entry = (device: PairedDevice, isBare: boolean): Entry => {
    const node = rows.get(device.deviceId);
    const surface = surfaces.get(device.deviceId);
    // A name that was given to the node is a person's; the device's own is not.
    const isNamed = !device.label && node?.displayName && node.displayName !== device.displayName;
    if (isNamed) device = { ...device, label: node.displayName };
    return { device, isBare, ...(node && { node }), ...(surface && { approved: surface }) };
  };
  const bare = nodes.filter((node) => !known.has(node.nodeId)).map(deviceOf);
  return [...devices.map((device) => entry(device, false)), ...bare.map((device) => entry(device, true))];
}

/** A node without a device of its own, in the words of the list. */
function deviceOf(node: NodeRow): PairedDevice {
  const at = node.approvedAtMs ?? node.lastSeenAtMs ?? 0;
  const device: PairedDevice = {
    deviceId: node.nodeId,
    publicKey: '',
    role: 'node',
    roles: ['node'],
    scopes: [],
    createdAtMs: at,
    approvedAtMs: at,
    approvedVia: 'operator',
    connected: node.connected,
    tokens: [],
  };
  if (node.displayName !== undefined) device.displayName = node.displayName;
  if (node.platform !== undefined) device.platform = node.platform;
  if (node.deviceFamily !== undefined) device.deviceFamily = node.deviceFamily;
  if (node.clientId !== undefined) device.clientId = node.clientId;
  if (node.remoteIp !== undefined) device.remoteIp = node.remoteIp;
  if (node.lastSeenAtMs !== undefined) device.lastSeenAtMs = node.lastSeenAtMs;
  return device;
}

export type NodeState =
  /** Connected, and all it declares can be used. */
  | 'ready'
  /** Connected and useful; it asks for more. */
  | 'asks'
  /** Connected, nothing of it is approved: agents cannot use it. */
  | 'waits'
  | 'away';

/** What can be said of a node at this moment. Connected means connected as a node, not as anything else. */
export function stateOf(node: NodeRow): NodeState {
  if (!node.connected) return 'away';
  if (node.approvalState === 'pending-approval' || node.approvalState === 'unapproved') return 'waits';
  return node.approvalState === 'pending-reapproval' ? 'asks' : 'ready';
}

/** Commands that were approved and that no list lets through, or that it stopped declaring. */
export function heldBack(node: NodeRow, approved: PairedNode | undefined): string[] {
  if (!node.connected) return [];
  return (approved?.commands ?? []).filter((command) => !node.commands.includes(command));
}

/** What may be invoked now, or while it is away what may be invoked when it is back. */
export function commandsOf(node: NodeRow, approved: PairedNode | undefined): readonly string[] {
  return node.connected ? node.commands : (approved?.commands ?? []);
}
