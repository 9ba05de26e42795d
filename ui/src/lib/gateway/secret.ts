// The gateway's shared secret while this browser has no token of its own: in the tab, never in localStorage, and out
// of the address before anything else runs.
const STORED = 'postern.secret';

/** Takes `#token=…` of a dashboard link out of the address, if it is there. */
export function takeSecretFromAddress(): void {
  const fields = new URLSearchParams(location.hash.replace(/^#\/?/, ''));
  const token = fields.get('token')?.trim();
  if (!fields.has('token')) return;
  // Only the token is read: an address that names another gateway must not get it.
  history.replaceState(null, '', `${location.pathname}#/chat`);
  if (token) keepSecret(token);
}

export function keepSecret(secret: string): void {
  sessionStorage.setItem(STORED, secret);
}

export function heldSecret(): string | undefined {
  return sessionStorage.getItem(STORED) ?? undefined;
}

export function forgetSecret(): void {
  sessionStorage.removeItem(STORED);
}
