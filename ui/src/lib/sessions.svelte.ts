// The conversations there are: loaded once for all pages, kept by events.
import { SvelteMap } from 'svelte/reactivity';
import {
  gateway,
  type SessionPatch,
  type SessionRow,
  type SessionsChanged,
  type SessionsListResult,
} from './gateway/index.svelte';
import { Readings } from './readings';

/** Rows read at once. */
const PAGE = 200;

const rows = new SvelteMap<string, SessionRow>();
let isLoaded = $state(false);
let hasMore = $state(false);
let total = $state(0);
let error = $state.raw<unknown>();
let loading: Promise<void> | undefined;
/** Grows with each loading from the start: only the failure of the last one is told. */
let turn = 0;
const readings = new Readings();
/** Of those that were put away. */
/** Further pages add and take nothing away: an answer to the first page that comes later is still worth taking. */
const moreReadings = new Readings();
const archivedReadings = new Readings();

const sorted = $derived([...rows.values()].filter((row) => !row.archived).sort(byUse));
const archived = $derived([...rows.values()].filter((row) => row.archived).sort(byUse));
const unread = $derived(sorted.filter((row) => row.unread).length);

function byUse(a: SessionRow, b: SessionRow): number {
  return (b.updatedAt ?? 0) - (a.updatedAt ?? 0) || a.key.localeCompare(b.key);
}

/** Adds a row; what only some answers tell is kept from before. */
function put(row: SessionRow): void {
  const before = rows.get(row.key);
  const keep = before?.sessionId === row.sessionId ? before : undefined;
  rows.set(row.key, {
    ...row,
    ...optional('derivedTitle', row.derivedTitle ?? keep?.derivedTitle),
    ...optional('lastMessagePreview', row.lastMessagePreview ?? keep?.lastMessagePreview),
  });
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

async function load(): Promise<void> {
  turn += 1;
  const mine = turn;
  try {
    await gateway.call('sessions.subscribe', {});
    await readings.read(() => gateway.call('sessions.list', { ...LOOK, limit: PAGE }), take);
    error = undefined;
    isLoaded = true;
  } catch (caught) {
    if (mine === turn) error = caught;
  }
}

function take(page: SessionsListResult): void {
  const known = new Set(page.sessions.map((row) => row.key));
  const oldest = page.sessions.at(-1)?.updatedAt ?? 0;
  // Older pages that were read stay; what should be on this page and is not, is gone.
  for (const [key, row] of rows) {
    const isOlder = page.hasMore === true && (row.updatedAt ?? 0) < oldest;
    if (!known.has(key) && !row.archived && !isOlder) rows.delete(key);
  }
  for (const row of page.sessions) put(row);
  hasMore = page.hasMore === true && rows.size < (page.totalCount ?? 0);
  total = page.totalCount ?? page.count;
}

const LOOK = { includeDerivedTitles: true, includeLastMessage: true } as const;

function hear(event: SessionsChanged): void {
  const { sessionKey, session } = event;
  if (sessionKey === undefined) {
    void load();
    return;
  }
  const change = (): void => {
    if (session === undefined) rows.delete(sessionKey);
    else put(session);
  };
  readings.note(change);
  moreReadings.note(change);
  archivedReadings.note(change);
  change();
}

export const sessions = {
  /** Those that are not put away, used last first. */
  get list(): readonly SessionRow[] {
    return sorted;
  },
  /** Those that were put away, as far as `loadArchived` has read them. */
  get archived(): readonly SessionRow[] {
    return archived;
  },
  get isLoaded(): boolean {
    return isLoaded;
  },
  /** Whether there are more than those in `list`. */
  get hasMore(): boolean {
    return hasMore;
  },
  get total(): number {
    return Math.max(total, sorted.length);
  },
  /** How many hold something that was not read. */
  get unread(): number {
    return unread;
  },
  /** Why the list could not be loaded. */
  get error(): unknown {
    return error;
  },

  find(key: string): SessionRow | undefined {
    return rows.get(key);
  },

  reload(): Promise<void> {
    return load();
  },

  /** The next page of the list. */
  async loadMore(): Promise<void> {
    const ask = (): Promise<SessionsListResult> =>
      gateway.call('sessions.list', { ...LOOK, limit: PAGE, offset: sorted.length });
    loading ??= moreReadings
      .read(ask, (page) => {
        for (const row of page.sessions) put(row);
        hasMore = page.hasMore === true;
      })
      .finally(() => (loading = undefined));
    await loading;
  },

  async loadArchived(): Promise<void> {
    await archivedReadings.read(
      () => gateway.call('sessions.list', { ...LOOK, limit: PAGE, archived: true }),
      (page) => page.sessions.forEach(put),
    );
  },

  /** Asks the gateway, which knows all of them: by title, first words and key. */
  async search(words: string, signal?: AbortSignal): Promise<SessionRow[]> {
    const options = signal === undefined ? {} : { signal };
    const page = await gateway.call(
      'sessions.list',
      { ...LOOK, limit: 50, search: words, archived: 'all' },
      options,
    );
    return page.sessions;
  },

  /** Changes one; the list shows it at once and takes it back when the gateway refuses. */
  async patch(key: string, patch: SessionPatch): Promise<void> {
    const before = rows.get(key);
    const shown = shownPatch(patch);
    if (before !== undefined) rows.set(key, { ...before, ...shown });
    try {
      await gateway.call('sessions.patch', { key, ...patch });
    } catch (caught) {
      if (before !== undefined && rows.has(key)) rows.set(key, before);
      throw caught;
    }
  },

  async remove(key: string): Promise<void> {
    await gateway.call('sessions.delete', { key, deleteTranscript: true });
    rows.delete(key);
  },
};

/** What of a patch lists show. */
function shownPatch(patch: SessionPatch): Partial<SessionRow> {
  const shown: Partial<SessionRow> = {};
  if (typeof patch.label === 'string') shown.label = patch.label;
  if (typeof patch.pinned === 'boolean') shown.pinned = patch.pinned;
  if (typeof patch.archived === 'boolean') shown.archived = patch.archived;
  if (typeof patch.unread === 'boolean') shown.unread = patch.unread;
  return shown;
}

/** What a conversation is called; undefined when it has no name and no words yet. */
export function sessionTitle(row: SessionRow): string | undefined {
  return [row.label, row.displayName, row.derivedTitle].find(
    (name) => name !== undefined && name.trim() !== '',
  );
}

/** Starts listening; once, by App.svelte. Gives how to stop. */
export function watchSessions(): () => void {
  const stops = [gateway.on('sessions.changed', hear), gateway.onOnline(load)];
  return () => stops.forEach((stop) => stop());
}
