/** Which sessions are shown, in which order and under which name. Pure. */
import type { SessionRow, SessionUsage } from '$lib/gateway/protocol.gen';

export type Shelf = 'current' | 'archived' | 'all';
export type Order = 'recent' | 'name' | 'cost' | 'tokens';

export interface SessionFilter {
  search: string;
  agentId: string;
  channel: string;
  shelf: Shelf;
  onlyActive: boolean;
  onlyUnread: boolean;
}

export const NO_FILTER: SessionFilter = {
  search: '',
  agentId: '',
  channel: '',
  shelf: 'current',
  onlyActive: false,
  onlyUnread: false,
};

/** Texts for what has no name of its own. */
export interface Untitled {
  main: string;
  untitled: string;
}

type Named = Pick<SessionRow, 'key' | 'label' | 'displayName' | 'derivedTitle' | 'isMain'>;

/** A person's name for it, else the channel's, else its first words; as the chat calls it. */
export function sessionTitle(row: Named, texts: Untitled): string {
  const named = row.label?.trim() || row.displayName?.trim() || row.derivedTitle?.trim();
  if (named) return named;
  return row.isMain ? texts.main : keyTail(row.key) || texts.untitled;
}

/** What is left of a key without the agent; made-up ids say nothing to anybody. */
function keyTail(key: string): string {
  const tail = key.replace(/^agent:[^:]*:/, '');
  return /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(tail) ? '' : tail;
}

export interface SessionCost {
  tokens: number;
  usd: number;
  /** Whether some answers have no known price, so that the sum is a lower bound. */
  isPartial: boolean;
}

export function costsByKey(sessions: readonly SessionUsage[]): Map<string, SessionCost> {
  const costs = new Map<string, SessionCost>();
  for (const session of sessions) {
    if (!session.usage) continue;
    const { totalTokens, totalCost, missingCostEntries } = session.usage;
    costs.set(session.key, { tokens: totalTokens, usd: totalCost, isPartial: missingCostEntries > 0 });
  }
  return costs;
}

export function isFiltered(filter: SessionFilter): boolean {
  return (Object.keys(NO_FILTER) as (keyof SessionFilter)[]).some((name) => filter[name] !== NO_FILTER[name]);
}

export function filterSessions(
  rows: readonly SessionRow[],
  filter: SessionFilter,
  texts: Untitled,
): SessionRow[] {
  const words = filter.search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (filter.shelf !== 'all' && row.archived !== (filter.shelf === 'archived')) return false;
    if (filter.agentId && row.agentId !== filter.agentId) return false;
    if (filter.channel && row.channel !== filter.channel) return false;
    if (filter.onlyActive && !row.hasActiveRun) return false;
    if (filter.onlyUnread && !row.unread) return false;
    if (words.length === 0) return true;
    const text = [sessionTitle(row, texts), row.key, row.derivedTitle, row.lastMessagePreview, row.model]
      .filter(Boolean)
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function orderSessions(
  rows: readonly SessionRow[],
  order: Order,
  costs: ReadonlyMap<string, SessionCost>,
  texts: Untitled,
): SessionRow[] {
  const recent = (a: SessionRow, b: SessionRow): number =>
    (b.updatedAt ?? 0) - (a.updatedAt ?? 0) || a.key.localeCompare(b.key);
  const spent = (row: SessionRow): SessionCost =>
    costs.get(row.key) ?? { tokens: 0, usd: 0, isPartial: false };
  const by: Record<Order, (a: SessionRow, b: SessionRow) => number> = {
    recent,
    name: (a, b) =>
      sessionTitle(a, texts).localeCompare(sessionTitle(b, texts), undefined, { numeric: true }),
    cost: (a, b) => spent(b).usd - spent(a).usd,
    tokens: (a, b) => spent(b).tokens - spent(a).tokens,
  };
  // Kept at the top means kept at the top, whatever the rest is ordered by.
  return [...rows].sort((a, b) => Number(b.pinned) - Number(a.pinned) || by[order](a, b) || recent(a, b));
}

/** The values that rows have, for the menus of filters. */
export function agentsOf(rows: readonly SessionRow[]): string[] {
  return [...new Set(rows.map((row) => row.agentId))].sort((a, b) => a.localeCompare(b));
}

export function channelsOf(rows: readonly SessionRow[]): string[] {
  return [...new Set(rows.flatMap((row) => (row.channel ? [row.channel] : [])))].sort((a, b) =>
    a.localeCompare(b),
  );
}

/** The list with one session changed or gone. */
export function withSession(
  rows: readonly SessionRow[],
  key: string,
  row: SessionRow | undefined,
): SessionRow[] {
  const at = rows.findIndex((candidate) => candidate.key === key);
  if (!row) return at < 0 ? [...rows] : rows.filter((candidate) => candidate.key !== key);
  if (at < 0) return [row, ...rows];
  const before = rows[at];
  // Events leave out what lists are asked for; it does not vanish from the screen.
  const merged = { ...row };
  if (before?.derivedTitle && !row.derivedTitle) merged.derivedTitle = before.derivedTitle;
  if (before?.lastMessagePreview && !row.lastMessagePreview)
    merged.lastMessagePreview = before.lastMessagePreview;
  return rows.map((candidate, index) => (index === at ? merged : candidate));
}

/** Each session once: one that moved up between two pages was read twice. */
export function withoutTwins(rows: readonly SessionRow[]): SessionRow[] {
  return [...new Map(rows.map((row) => [row.key, row])).values()];
}
