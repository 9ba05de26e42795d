import { describe, expect, it } from 'vitest';
import type { PresenceEntry } from '$lib/gateway/protocol.gen';
import { connectionsOf, gatewayEntry } from './connections';

const presence: PresenceEntry[] = [
  { mode: 'gateway', host: 'box', reason: 'self', ts: 9 },
  {
    mode: 'webchat',
    host: 'Browser',
    deviceId: 'd1',
    instanceId: 'tab-1',
    roles: ['operator'],
    reason: 'connect',
    ts: 1,
  },
  {
    mode: 'webchat',
    host: 'Browser',
    deviceId: 'd1',
    instanceId: 'tab-2',
    roles: ['operator'],
    reason: 'connect',
    ts: 2,
  },
  { mode: 'node', deviceId: 'abcdef0123', roles: ['node'], reason: 'node-connected', ts: 5 },
  { mode: 'cli', host: 'gone', reason: 'disconnect', ts: 6 },
];

describe('connectionsOf', () => {
  it('lists who is there, this page first', () => {
    const list = connectionsOf(presence, { deviceId: 'd1', instanceId: 'tab-1' });
    expect(list.map((connection) => [connection.name, connection.isThis, connection.isNode])).toEqual([
      ['Browser', true, false],
      ['abcdef01', false, true],
      ['Browser', false, false],
    ]);
  });

  it('goes by the device when there is no instance', () => {
    const list = connectionsOf(presence, { deviceId: 'abcdef0123' });
    expect(list.filter((connection) => connection.isThis).map((connection) => connection.name)).toEqual([
      'abcdef01',
    ]);
  });

  it('tells equal rows apart', () => {
    const twice = [presence[3], presence[3]].filter((entry) => entry !== undefined);
    expect(new Set(connectionsOf(twice, {}).map((connection) => connection.id)).size).toBe(2);
  });
});

describe('gatewayEntry', () => {
  it('is the one of the gateway', () => {
    expect(gatewayEntry(presence)?.host).toBe('box');
  });
});
