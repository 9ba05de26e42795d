/** Choosing many sessions and changing them at once. Pure. */
import type { PatchOutcome, PatchTarget, SessionRow } from '$lib/gateway/protocol.gen';

/** Most targets of one `sessions.patchMany`. */
export const TARGETS_AT_ONCE = 200;

/** A range from the last click to this one, or one more, or one less. */
export function toggled(
  selected: ReadonlySet<string>,
  visible: readonly string[],
  key: string,
  from?: string,
): Set<string> {
  const next = new Set(selected);
  const start = from === undefined ? -1 : visible.indexOf(from);
  const end = visible.indexOf(key);
  if (start >= 0 && end >= 0) {
    for (const between of visible.slice(Math.min(start, end), Math.max(start, end) + 1)) next.add(between);
    return next;
  }
  if (!next.delete(key)) next.add(key);
  return next;
}

/** What is selected and can be seen: nobody changes what a filter hides. */
export function visibleSelection(selected: ReadonlySet<string>, rows: readonly SessionRow[]): SessionRow[] {
  return rows.filter((row) => selected.has(row.key));
}

/** Targets in parts that one call takes. A session that was replaced meanwhile is refused. */
export function targetParts(rows: readonly SessionRow[]): [PatchTarget, ...PatchTarget[]][] {
  const targets = rows.map((row) =>
    row.sessionId ? { key: row.key, expectedSessionId: row.sessionId } : { key: row.key },
  );
  const parts: [PatchTarget, ...PatchTarget[]][] = [];
  for (let at = 0; at < targets.length; at += TARGETS_AT_ONCE) {
    const [first, ...rest] = targets.slice(at, at + TARGETS_AT_ONCE);
    if (first) parts.push([first, ...rest]);
  }
  return parts;
}

export interface BulkResult {
  changed: number;
  /** Each reason once, with how many sessions it kept back. */
  refused: { message: string; count: number }[];
}

export function summarise(outcomes: readonly PatchOutcome[]): BulkResult {
  const reasons = new Map<string, number>();
  let changed = 0;
  for (const outcome of outcomes) {
    if (outcome.ok) changed += 1;
    else {
      const message = outcome.error?.message ?? outcome.key;
      reasons.set(message, (reasons.get(message) ?? 0) + 1);
    }
  }
  return { changed, refused: [...reasons].map(([message, count]) => ({ message, count })) };
}

/** The list with what was changed; refused ones stay as they are. */
export function withOutcomes(
  rows: readonly SessionRow[],
  outcomes: readonly PatchOutcome[],
  change: Partial<SessionRow>,
): SessionRow[] {
  const done = new Set(outcomes.filter((outcome) => outcome.ok).map((outcome) => outcome.key));
  return rows.map((row) => (done.has(row.key) ? { ...row, ...change } : row));
}
