// Days of the Usage page. The gateway counts days in UTC, so they are never turned into local ones.

import type { UsageDay } from '$lib/gateway/protocol.gen';

export type RangeId = '1' | '7' | '30';

export const RANGES: readonly RangeId[] = ['1', '7', '30'];

const DAY_MS = 86_400_000;

export interface DayPoint {
  date: string;
  input: number;
  output: number;
  cached: number;
  tokens: number;
  cost: number;
}

export function isRange(text: string | undefined): text is RangeId {
  return text === '1' || text === '7' || text === '30';
}

/** Seconds since the epoch at the beginning of a day; what a time axis wants. */
export function daySeconds(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000;
}

export function firstDay(last: string, range: RangeId): string {
  const start = Date.parse(`${last}T00:00:00Z`) - (Number(range) - 1) * DAY_MS;
  return new Date(start).toISOString().slice(0, 10);
}

export function today(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** Every day from the first to the last; those on which nothing was taken are zero. */
export function fillDays(first: string, last: string, days: readonly UsageDay[]): DayPoint[] {
  const known = new Map(days.map((day) => [day.date, day]));
  const points: DayPoint[] = [];
  const end = Date.parse(`${last}T00:00:00Z`);
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= end && points.length < 400; at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10);
    const day = known.get(date);
    points.push({
      date,
      input: day?.input ?? 0,
      output: day?.output ?? 0,
      cached: (day?.cacheRead ?? 0) + (day?.cacheWrite ?? 0),
      tokens: day?.totalTokens ?? 0,
      cost: day?.totalCost ?? 0,
    });
  }
  return points;
}

/** A day as people read it, in UTC like the day itself. */
export function dayLabel(date: string, language: string, style: 'short' | 'long' = 'short'): string {
  const at = new Date(`${date}T00:00:00Z`);
  const options: Intl.DateTimeFormatOptions =
    style === 'short'
      ? { day: 'numeric', month: 'short', timeZone: 'UTC' }
      : { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' };
  return new Intl.DateTimeFormat(language, options).format(at);
}
