import { describe, expect, it } from 'vitest';
import type { PairedDevice } from '$lib/gateway/protocol.gen';
import {
  deviceKind,
  deviceName,
  isLockedOut,
  matchesDevice,
  orderDevices,
  ownName,
  systemOf,
} from './paired';

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

describe('names', () => {
  it('prefers what a person called it and still tells its own', () => {
    const phone = device('abcdef0123', { displayName: 'iPhone', label: "Ada's phone" });
    expect([deviceName(phone), ownName(phone)]).toEqual(["Ada's phone", 'iPhone']);
    expect([deviceName(device('abcdef0123')), ownName(device('abcdef0123'))]).toEqual([
      'abcdef01',
      undefined,
    ]);
  });
});

describe('systemOf', () => {
  it.each([
    [{ platform: 'linux', deviceFamily: 'Linux' }, 'linux'],
    [{ platform: 'iOS 18.2', deviceFamily: 'iPhone' }, 'iOS 18.2 · iPhone'],
    [{ deviceFamily: 'iPhone' }, 'iPhone'],
    [{ platform: 'android 14' }, 'android 14'],
    [{}, ''],
  ])('%j is %j', (device, want) => {
    expect(systemOf(device)).toBe(want);
  });
});

describe('deviceKind', () => {
  it.each([
    [{ platform: 'iOS 18.2', deviceFamily: 'iPhone' }, 'phone'],
    [{ platform: 'iOS 18.2', deviceFamily: 'iPad' }, 'tablet'],
    [{ platform: 'android 14' }, 'phone'],
    [{ platform: 'linux', clientMode: 'cli' }, 'terminal'],
    [{ platform: 'Linux x86_64', clientMode: 'webchat' }, 'browser'],
    [{ platform: 'linux', roles: ['node' as const] }, 'node'],
    [{ platform: 'macos' }, 'computer'],
  ])('%j is a %s', (described, kind) => {
    expect(deviceKind(described)).toBe(kind);
  });
});

describe('orderDevices', () => {
  it('puts this device first, then who is online, then the last seen', () => {
    const list = [
      device('old', { lastSeenAtMs: 1 }),
      device('own', { lastSeenAtMs: 2 }),
      device('online', { lastSeenAtMs: 3, connected: true }),
      device('recent', { lastSeenAtMs: 9 }),
    ];
    expect(orderDevices(list, 'own').map((entry) => entry.deviceId)).toEqual([
      'own',
      'online',
      'recent',
      'old',
    ]);
  });
});

describe('matchesDevice', () => {
  it('finds every word in name, platform, address or id', () => {
    const phone = device('abcdef', { label: 'Kitchen tablet', platform: 'android', remoteIp: '192.168.1.9' });
    expect(matchesDevice(phone, 'kitchen ANDROID')).toBe(true);
    expect(matchesDevice(phone, '192.168')).toBe(true);
    expect(matchesDevice(phone, 'kitchen ios')).toBe(false);
    expect(matchesDevice(phone, '  ')).toBe(true);
  });
});

describe('isLockedOut', () => {
  it('holds when all tokens are revoked', () => {
    const token = { role: 'operator' as const, scopes: [], createdAtMs: 0 };
    expect(isLockedOut(device('d', { tokens: [{ ...token, revokedAtMs: 5 }] }))).toBe(true);
    expect(isLockedOut(device('d', { tokens: [token, { ...token, revokedAtMs: 5 }] }))).toBe(false);
    expect(isLockedOut(device('d'))).toBe(false);
  });
});
