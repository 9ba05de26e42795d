import { describe, expect, it } from 'vitest';
import type { NodeRow, PairedDevice, PairedNode } from '$lib/gateway/protocol.gen';
import { commandsOf, heldBack, merged, stateOf } from './merge';

const device = (deviceId: string, change: Partial<PairedDevice> = {}): PairedDevice => ({
  deviceId,
  publicKey: 'k',
  role: 'operator',
  roles: ['operator'],
  scopes: [],
  createdAtMs: 0,
  approvedAtMs: 0,
  approvedVia: 'operator',
  connected: false,
  tokens: [],
  ...change,
});
const node = (nodeId: string, change: Partial<NodeRow> = {}): NodeRow => ({
  nodeId,
  caps: [],
  commands: [],
  paired: true,
  connected: true,
  approvalState: 'approved',
  ...change,
});
const approved = (nodeId: string, commands: string[]): PairedNode => ({
  nodeId,
  commands,
  createdAtMs: 0,
  approvedAtMs: 0,
});

describe('one list', () => {
  it('shows a device that is a node once, and nodes without a device too', () => {
    const list = merged(
      [device('laptop'), device('phone', { roles: ['operator', 'node'] })],
      [node('phone'), node('old', { displayName: 'Old node', lastSeenAtMs: 5 })],
      [approved('phone', ['camera.list'])],
    );
    expect(list.map((entry) => [entry.device.deviceId, Boolean(entry.node), entry.isBare])).toEqual([
      ['laptop', false, false],
      ['phone', true, false],
      ['old', true, true],
    ]);
    expect(list[1]?.approved?.commands).toEqual(['camera.list']);
    expect(list[2]?.device).toMatchObject({ displayName: 'Old node', roles: ['node'], lastSeenAtMs: 5 });
  });

  it('takes the name that a person gave the node', () => {
    const name = (label?: string): string | undefined =>
      merged(
        [device('a', { displayName: 'host-17', ...(label && { label }) })],
        [node('a', { displayName: 'Kitchen' })],
        [],
      )[0]?.device.label;
    expect([name(), name('Desk')]).toEqual(['Kitchen', 'Desk']);
  });
});

describe('the state of a node', () => {
  it.each([
    [{}, 'ready'],
    [{ connected: false }, 'away'],
    [{ connected: false, approvalState: 'pending-approval' as const }, 'away'],
    [{ approvalState: 'pending-approval' as const }, 'waits'],
    [{ approvalState: 'unapproved' as const }, 'waits'],
    [{ approvalState: 'pending-reapproval' as const }, 'asks'],
  ])('%j: %s', (change, want) => {
    expect(stateOf(node('a', change))).toBe(want);
  });

  it('shows of a node that is away what was approved, of one that is here what works', () => {
    const surface = approved('a', ['system.notify', 'sms.send']);
    const here = node('a', { commands: ['system.notify'] });
    expect([commandsOf(here, surface), heldBack(here, surface)]).toEqual([['system.notify'], ['sms.send']]);
    const away = node('a', { connected: false });
    expect([commandsOf(away, surface), heldBack(away, surface)]).toEqual([['system.notify', 'sms.send'], []]);
    expect(commandsOf(away, undefined)).toEqual([]);
  });
});
