// The gateway's clock. Deadlines come from there, and a phone that is some minutes off must not take a request for
// expired that still waits.

/** Below this it is the way through the network, not a wrong clock. */
const TOLERATED_MS = 1_500;
let offset = 0;

/** What the gateway's clock shows, each time it says so. */
export function heardTime(gatewayMs: number): void {
  const difference = gatewayMs - Date.now();
  offset = Math.abs(difference) < TOLERATED_MS ? 0 : difference;
}

/** Now by the gateway's clock; by this machine's until it was heard. */
export function now(): number {
  return Date.now() + offset;
}
