// Conversations in groups: pinned first, then by when they were used last.
import type { SessionRow } from '$lib/gateway/index.svelte';

export type GroupName = 'pinned' | 'today' | 'yesterday' | 'lastWeek' | 'lastMonth' | 'older';

export interface SessionGroup {
  name: GroupName;
  rows: SessionRow[];
}

const DAY = 86_400_000;

/** Groups rows that are in order already; groups without rows are left out. */
export function groupSessions(rows: readonly SessionRow[], now: number): SessionGroup[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const groups = new Map<GroupName, SessionRow[]>();
  const order: GroupName[] = ['pinned', 'today', 'yesterday', 'lastWeek', 'lastMonth', 'older'];
  for (const row of rows) {
    const name = row.pinned ? 'pinned' : ageOf(row.updatedAt ?? 0, midnight);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return order.flatMap((name) => {
    const found = groups.get(name);
    return found === undefined ? [] : [{ name, rows: found }];
  });
}

function ageOf(at: number, midnight: number): GroupName {
  if (at >= midnight) return 'today';
  // A day may have 23 or 25 hours; noon of yesterday is in it anyway.
  const yesterday = new Date(midnight - DAY / 2).setHours(0, 0, 0, 0);
  if (at >= yesterday) return 'yesterday';
  if (at >= midnight - 7 * DAY) return 'lastWeek';
  return at >= midnight - 30 * DAY ? 'lastMonth' : 'older';
}

/** The one before or after in the list as it is shown; stays at its ends. */
export function neighbour(keys: readonly string[], current: string, step: 1 | -1): string | undefined {
  const index = keys.indexOf(current);
  if (index < 0) return step === 1 ? keys[0] : undefined;
  return keys[index + step];
}
