/** How far a setup code has come, and what people should know about its address. Pure. */
import type { SetupAccess, SetupCodeResult, SetupCompleted } from '$lib/gateway/protocol.gen';

export const PROFILES = ['limited', 'full', 'node'] as const satisfies readonly SetupAccess[];

export type SetupStage = 'waiting' | 'expired' | 'done';

export function setupStage(
  code: SetupCodeResult,
  completion: SetupCompleted | undefined,
  now: number,
): SetupStage {
  // A code that was used in its last second was used.
  if (completion?.setupId === code.setupId) return 'done';
  return code.expiresAtMs <= now ? 'expired' : 'waiting';
}

export type Reach = 'loopback' | 'network' | 'encrypted';

/** Who can reach the addresses in a code. */
export function reachOf(code: Pick<SetupCodeResult, 'gatewayUrl' | 'gatewayUrls' | 'urlSource'>): Reach {
  const urls = code.gatewayUrls ?? [code.gatewayUrl];
  if (code.urlSource === 'loopback' || urls.every(isLoopback)) return 'loopback';
  return urls.every((url) => url.startsWith('wss:')) ? 'encrypted' : 'network';
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

/** What a person typed as an address, ready for the gateway; undefined when it is none. */
export function readPublicUrl(text: string): string | undefined {
  const trimmed = text.trim();
  const written = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `wss://${trimmed}`;
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  const isAddress = ['ws:', 'wss:', 'http:', 'https:'].includes(url.protocol) && url.hostname !== '';
  return isAddress && !url.username && !url.password && !url.search ? written : undefined;
}
