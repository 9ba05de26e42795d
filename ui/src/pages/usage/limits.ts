// Daily limits and what lifts them for a while.

import type { LimitOverride, UsageLimit, UsageOverrideParams } from '$lib/gateway/protocol.gen';

/** How near a limit is: `reached` blocks, `near` is beyond four fifths, `lifted` is reached and does not block. */
export type LimitTone = 'ok' | 'near' | 'reached' | 'lifted';

export function limitTone(limit: UsageLimit): LimitTone {
  if (limit.blocked) return 'reached';
  if (limit.usedPercent >= 100) return 'lifted';
  return limit.usedPercent >= 80 ? 'near' : 'ok';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long a limit can be lifted, milliseconds; the gateway takes a day at most. */
export const DURATIONS: readonly number[] = [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR];

export const MAX_REASON = 200;

export interface OverrideDraft {
  /** Empty: for every agent. */
  agentId: string;
  forMs: number;
  reason: string;
}

export type OverrideProblem = 'reason' | 'long' | 'duration';

export function overrideProblem(draft: OverrideDraft): OverrideProblem | undefined {
  const reason = draft.reason.trim();
  if (reason === '') return 'reason';
  if (reason.length > MAX_REASON) return 'long';
  return draft.forMs > 0 && draft.forMs <= 24 * HOUR ? undefined : 'duration';
}

export function overrideParams(draft: OverrideDraft): UsageOverrideParams {
  const params: UsageOverrideParams = { forMs: draft.forMs, reason: draft.reason.trim() };
  return draft.agentId === '' ? params : { ...params, agentId: draft.agentId };
}

/** Those that still hold, soonest to end first. */
export function activeOverrides(overrides: readonly LimitOverride[], now: number): LimitOverride[] {
  return overrides.filter((of) => of.untilMs > now).sort((a, b) => a.untilMs - b.untilMs);
}
