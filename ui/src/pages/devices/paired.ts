/** Order, names and states of paired devices. Pure. */
import type { PairedDevice, PairingRequest, TokenSummary } from '$lib/gateway/protocol.gen';

export type DeviceKind = 'phone' | 'tablet' | 'computer' | 'browser' | 'terminal' | 'node';

type Named = Pick<PairedDevice, 'deviceId' | 'displayName' | 'label' | 'clientId'>;

/** A person's name for it, else its own, else the beginning of its id. */
export function deviceName(device: Named): string {
  return device.label?.trim() || device.displayName?.trim() || device.deviceId.slice(0, 8);
}

/** Its own name, where a person gave it another one. */
export function ownName(device: Named): string | undefined {
  const own = device.displayName?.trim();
  return own && own !== deviceName(device) ? own : undefined;
}

type Described = Pick<
  PairingRequest,
  'platform' | 'deviceFamily' | 'clientId' | 'clientMode' | 'role' | 'roles' | 'browserOrigin'
>;

/** What it runs, without saying the same twice. */
export function systemOf(device: Pick<PairedDevice, 'platform' | 'deviceFamily'>): string {
  const { platform = '', deviceFamily = '' } = device;
  const isSaid = platform.toLowerCase().includes(deviceFamily.toLowerCase());
  return (isSaid ? [platform] : [platform, deviceFamily]).filter(Boolean).join(' · ');
}

/** Which picture stands for it. */
export function deviceKind(device: Described): DeviceKind {
  const words = `${device.platform ?? ''} ${device.deviceFamily ?? ''}`.toLowerCase();
  if (/ipad|tablet/.test(words)) return 'tablet';
  if (/ios|iphone|android/.test(words)) return 'phone';
  if (device.clientMode === 'webchat' || device.browserOrigin) return 'browser';
  if (device.clientMode === 'cli') return 'terminal';
  const roles = device.roles ?? [device.role];
  return roles.every((role) => role === 'node') ? 'node' : 'computer';
}

/** This device first, then who is connected, then the last seen first. */
export function orderDevices(devices: readonly PairedDevice[], ownId: string | undefined): PairedDevice[] {
  const rank = (device: PairedDevice): number => (device.deviceId === ownId ? 0 : device.connected ? 1 : 2);
  return [...devices].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.lastSeenAtMs ?? b.approvedAtMs) - (a.lastSeenAtMs ?? a.approvedAtMs) ||
      deviceName(a).localeCompare(deviceName(b)),
  );
}

export function matchesDevice(device: PairedDevice, search: string): boolean {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    deviceName(device),
    device.displayName,
    device.platform,
    device.deviceId,
    device.remoteIp,
    device.clientId,
  ]
    .filter(Boolean)
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export type TokenState = 'active' | 'revoked';

export function tokenState(token: TokenSummary): TokenState {
  return token.revokedAtMs === undefined ? 'active' : 'revoked';
}

/** Whether no token of it works: it is paired, but cannot come in by itself. */
export function isLockedOut(device: PairedDevice): boolean {
  return device.tokens.length > 0 && device.tokens.every((token) => tokenState(token) === 'revoked');
}
