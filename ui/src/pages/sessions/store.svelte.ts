import { gateway, type SessionPatch, type SessionRow, type SessionsChanged } from '$lib/gateway/index.svelte';
import { Fetched, gathered } from '../fetched.svelte';
import { costsByKey, withoutTwins, withSession, type SessionCost } from './rows';
import { summarise, targetParts, withOutcomes, type BulkResult } from './selection';

/** Rows of one call, and how many calls a list is read with at most. */
const PAGE = 500;
const PAGES = 20;
/** What sessions took is added up by the gateway; not at every word of an answer. */
const COST_PAUSE_MS = 30_000;
const RELOAD_PAUSE_MS = 500;

/** All sessions, put away or not, with what they took; kept by events. One per visit of the page. */
export class SessionStore {
  readonly list = new Fetched<SessionRow[]>(() => this.#readAll());
  readonly costs = new Fetched<Map<string, SessionCost>>(async () => {
    const usage = await gateway.call('sessions.usage', { range: 'all', limit: 1000 });
    return costsByKey(usage.sessions);
  });
  /** For each reading under way the events that came meanwhile: they are newer than what is read. */
  #readings: readonly SessionsChanged[][] = [];

  watch(): () => void {
    const count = gathered(() => void this.costs.refresh(), COST_PAUSE_MS);
    const reload = gathered(() => void this.list.refresh(), RELOAD_PAUSE_MS);
    const stops = [
      gateway.onOnline(async () => {
        await Promise.all([this.list.refresh(), this.costs.refresh()]);
      }),
      gateway.on('sessions.changed', (event) => {
        count();
        if (event.sessionKey === undefined) reload();
        else this.#hear(event);
      }),
    ];
    return () => {
      count.stop();
      reload.stop();
      for (const stop of stops) stop();
    };
  }

  async #readAll(): Promise<SessionRow[]> {
    const meanwhile: SessionsChanged[] = [];
    this.#readings = [...this.#readings, meanwhile];
    try {
      let rows: SessionRow[] = [];
      for (let page = 0; page < PAGES; page += 1) {
        const part = await gateway.call('sessions.list', {
          archived: 'all',
          includeDerivedTitles: true,
          includeLastMessage: true,
          limit: PAGE,
          offset: rows.length,
        });
        rows = [...rows, ...part.sessions];
        if (part.hasMore !== true || part.sessions.length === 0) break;
      }
      return meanwhile.reduce((list, event) => applied(list, event), withoutTwins(rows));
    } finally {
      this.#readings = this.#readings.filter((other) => other !== meanwhile);
    }
  }

  #hear(event: SessionsChanged): void {
    for (const meanwhile of this.#readings) meanwhile.push(event);
    // Setting the list outruns a reading; what is under way gets the event itself.
    if (this.list.value && this.#readings.length === 0) this.list.set(applied(this.list.value, event));
  }

  #put(key: string, row: SessionRow | undefined): void {
    if (this.list.value) this.list.set(withSession(this.list.value, key, row));
  }

  async patch(row: SessionRow, patch: SessionPatch): Promise<void> {
    await gateway.call('sessions.patch', { key: row.key, ...patch });
    const current = this.list.value?.find((other) => other.key === row.key);
    if (current) this.#put(row.key, { ...current, ...shown(patch) });
  }

  async patchMany(rows: readonly SessionRow[], patch: SessionPatch): Promise<BulkResult> {
    const outcomes = [];
    for (const targets of targetParts(rows)) {
      const result = await gateway.call('sessions.patchMany', { targets, patch });
      outcomes.push(...result.outcomes);
    }
    this.list.set(withOutcomes(this.list.value ?? [], outcomes, shown(patch)));
    return summarise(outcomes);
  }

  async remove(row: SessionRow): Promise<void> {
    const expected = row.sessionId ? { expectedSessionId: row.sessionId } : {};
    await gateway.call('sessions.delete', { key: row.key, deleteTranscript: true, ...expected });
    this.#put(row.key, undefined);
  }

  async reset(row: SessionRow): Promise<void> {
    await gateway.call('sessions.reset', { key: row.key, reason: 'reset' });
  }

  /** Nothing when it was compacted, else why not. */
  async compact(row: SessionRow): Promise<string | undefined> {
    // A model writes the summary; that may take minutes.
    const result = await gateway.call('sessions.compact', { key: row.key }, { timeoutMs: 10 * 60_000 });
    return result.compacted ? undefined : (result.reason ?? '');
  }
}

function applied(rows: readonly SessionRow[], event: SessionsChanged): SessionRow[] {
  return event.sessionKey === undefined ? [...rows] : withSession(rows, event.sessionKey, event.session);
}

/** What of a patch lists show. The event that follows tells the rest. */
function shown(patch: SessionPatch): Partial<SessionRow> {
  const part: Partial<SessionRow> = {};
  if (patch.label !== undefined) part.label = patch.label ?? '';
  if (typeof patch.pinned === 'boolean') part.pinned = patch.pinned;
  if (typeof patch.archived === 'boolean') part.archived = patch.archived;
  if (typeof patch.unread === 'boolean') part.unread = patch.unread;
  return part;
}
