/**
 * When a decision may be made. Cards move when one comes or goes, and a click
 * that was meant for one must not land on another: after every move the buttons
 * rest for a moment. Pure.
 */

/** Longer than a click that was already on its way. */
export const REST_MS = 400;

export interface Arming {
  /** The cards as they lie, top first. */
  readonly order: readonly string[];
  /** From when decisions count. */
  readonly readyAt: number;
}

export const NOTHING_SHOWN: Arming = { order: [], readyAt: 0 };

/** The state after the cards changed; the same one when they did not. */
export function rearm(before: Arming, order: readonly string[], now: number): Arming {
  const same = before.order.length === order.length && before.order.every((id, index) => id === order[index]);
  return same ? before : { order: [...order], readyAt: now + REST_MS };
}

export function isArmed(arming: Arming, now: number): boolean {
  return now >= arming.readyAt;
}

/** The card that j or k leads to; stays at the ends. */
export function stepTo(
  order: readonly string[],
  current: string | undefined,
  step: 1 | -1,
): string | undefined {
  const at = current === undefined ? -1 : order.indexOf(current);
  if (at < 0) return step === 1 ? order[0] : order.at(-1);
  return order[Math.min(order.length - 1, Math.max(0, at + step))];
}
