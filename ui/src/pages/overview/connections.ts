/** Who is connected, as a person would list them. Pure. */
import type { PresenceEntry } from '$lib/gateway/protocol.gen';

export interface Connection {
  /** Tells rows apart. */
  id: string;
  name: string;
  entry: PresenceEntry;
  isNode: boolean;
  isThis: boolean;
}

export interface Own {
  deviceId?: string;
  instanceId?: string;
}

/** Who is there, this page first, then the newest; without the gateway and those who left. */
export function connectionsOf(presence: readonly PresenceEntry[], own: Own): Connection[] {
  const present = presence.filter((entry) => entry.mode !== 'gateway' && entry.reason !== 'disconnect');
  const seen = new Map<string, number>();
  return present
    .map((entry) => {
      const base = [entry.deviceId, entry.instanceId, entry.mode, entry.roles?.join()].join('|');
      const count = seen.get(base) ?? 0;
      seen.set(base, count + 1);
      return {
        id: `${base}|${count}`,
        name: entry.host ?? entry.deviceId?.slice(0, 8) ?? '',
        entry,
        isNode: entry.roles?.includes('node') ?? false,
        isThis: isOwn(entry, own),
      };
    })
    .sort((a, b) => Number(b.isThis) - Number(a.isThis) || b.entry.ts - a.entry.ts);
}

function isOwn(entry: PresenceEntry, own: Own): boolean {
  if (own.instanceId && entry.instanceId) return entry.instanceId === own.instanceId;
  return own.deviceId !== undefined && entry.deviceId === own.deviceId;
}

/** The gateway's own entry. */
export function gatewayEntry(presence: readonly PresenceEntry[]): PresenceEntry | undefined {
  return presence.find((entry) => entry.mode === 'gateway');
}
