/** Whether two moments lie on different days here; a moment that is not known separates nothing. */
export function startsNewDay(before: number | undefined, at: number | undefined): boolean {
  if (at === undefined) return false;
  if (before === undefined) return true;
  return dayNumber(before) !== dayNumber(at);
}

/** 0 today, 1 yesterday, and so on; by the calendar, not by 24 hours. */
export function daysAgo(at: number, now: number): number {
  return dayNumber(now) - dayNumber(at);
}

/** Days since 1970 by the local calendar; a day of 23 or 25 hours counts as one. */
function dayNumber(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}
