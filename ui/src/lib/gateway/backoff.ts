// How long to wait before the next try: longer each time, and never at the same moment as everybody else.
const FIRST_MS = 500;
const GROWTH = 1.8;
export const LONGEST_MS = 20_000;

/** `attempt` counts failures from 1; `random` is in [0, 1). */
export function backoff(attempt: number, random: number): number {
  const planned = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** Math.min(Math.max(0, attempt - 1), 16));
  return Math.round(planned * (0.75 + random / 2));
}
