// The gateway's shared secret while this browser has no token of its own: in the tab, never in localStorage, and out
// of the address before anything else runs.
import { tabStored } from '$lib/stored';

const STORED = 'postern.secret';
/** For tabs that may not store anything. */
let memory: string | undefined;

/**
 * Takes `#token=…` of a dashboard link out of the address, if it is there, and returns it. A token in the query has
 * been sent over the network already: it is taken away too, and not used.
 */
export function takeSecretFromAddress(): string | undefined {
  const fields = new URLSearchParams(location.hash.replace(/^#\/?/, ''));
  const inQuery = new URLSearchParams(location.search).has('token');
  // Only the token is read: an address that names another gateway must not get it.
  if (fields.has('token')) history.replaceState(null, '', `${location.pathname}#/chat`);
  else if (inQuery) history.replaceState(null, '', `${location.pathname}${location.hash}`);
  return fields.get('token')?.trim() || undefined;
}

export function keepSecret(secret: string): void {
  memory = secret;
  tabStored.set(STORED, secret);
}

export function heldSecret(): string | undefined {
  return memory ?? tabStored.get(STORED);
}

export function forgetSecret(): void {
  memory = undefined;
  tabStored.set(STORED);
}
