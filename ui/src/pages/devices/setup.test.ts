import { describe, expect, it } from 'vitest';
import type { SetupCodeResult } from '$lib/gateway/protocol.gen';
import { reachOf, readPublicUrl, setupStage } from './setup';

const code: SetupCodeResult = {
  setupId: 's1',
  setupCode: 'x',
  gatewayUrl: 'ws://192.168.1.5:18789',
  auth: 'token',
  urlSource: 'bind',
  access: 'limited',
  expiresAtMs: 1_000,
};

describe('setupStage', () => {
  it('waits, expires, and is done for its own completion only', () => {
    const completion = { setupId: 's1', deviceId: 'd', access: 'limited' as const, ts: 5 };
    expect(setupStage(code, undefined, 999)).toBe('waiting');
    expect(setupStage(code, undefined, 1_000)).toBe('expired');
    expect(setupStage(code, completion, 5_000)).toBe('done');
    expect(setupStage(code, { ...completion, setupId: 's0' }, 999)).toBe('waiting');
  });
});

describe('reachOf', () => {
  it.each([
    [{ urlSource: 'loopback', gatewayUrl: 'ws://127.0.0.1:1' }, 'loopback'],
    [{ urlSource: 'publicUrl', gatewayUrl: 'ws://localhost:1' }, 'loopback'],
    [{ urlSource: 'bind', gatewayUrl: 'ws://192.168.1.5:1' }, 'network'],
    [{ urlSource: 'publicUrl', gatewayUrl: 'wss://gate.example' }, 'encrypted'],
    [{ urlSource: 'bind', gatewayUrl: 'wss://a', gatewayUrls: ['wss://a', 'ws://10.0.0.1:1'] }, 'network'],
  ])('%j is %s', (address, want) => {
    expect(reachOf(address)).toBe(want);
  });
});

describe('readPublicUrl', () => {
  it.each([
    [' wss://gate.example ', 'wss://gate.example'],
    ['gate.example:8443', 'wss://gate.example:8443'],
    ['https://gate.example/prefix', 'https://gate.example/prefix'],
    ['ftp://gate.example', undefined],
    ['wss://user:pass@gate.example', undefined],
    ['wss://gate.example/?token=x', undefined],
    ['two words', undefined],
  ])('%j is %j', (text, want) => {
    expect(readPublicUrl(text)).toBe(want);
  });
});
