// One line of the log: JSON as the gateway writes it, or plain text of another release.

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';
/** What the list is narrowed to. */
export type Shown = 'all' | 'info' | 'warn' | 'error';

export interface LogLine {
  /** Counts up; the key of its row. */
  id: number;
  level: Level;
  /** Epoch milliseconds, where the line has a time. */
  at: number | undefined;
  /** The part of the gateway that speaks. */
  from: string;
  message: string;
  raw: string;
}

const RANK: Record<Level, number> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 };
const LEAST: Record<Shown, number> = { all: 0, info: 2, warn: 3, error: 4 };

function levelOf(name: unknown): Level {
  const word = typeof name === 'string' ? name.toLowerCase() : '';
  if (word === 'fatal') return 'error';
  return word in RANK ? (word as Level) : 'info';
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectIn(raw: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `{"subsystem":"gateway/ws"}`, as an object or as text of one. */
function subsystem(part: unknown): string {
  const named = typeof part === 'string' && part.startsWith('{') ? objectIn(part) : part;
  return isObject(named) && typeof named['subsystem'] === 'string' ? named['subsystem'] : '';
}

/** What a line says. */
export function readLine(raw: string, id: number): LogLine {
  const line = objectIn(raw);
  if (!line) return { id, level: 'info', at: undefined, from: '', message: raw, raw };
  const meta = isObject(line['_meta']) ? line['_meta'] : {};
  const from = subsystem(line['0']);
  const parts = [line['0'], line['1'], line['2']].slice(from ? 1 : 0);
  const words = parts.flatMap((part) =>
    part === undefined ? [] : [typeof part === 'string' ? part : JSON.stringify(part)],
  );
  const at = Date.parse(String(line['time'] ?? meta['date'] ?? ''));
  return {
    id,
    level: levelOf(meta['logLevelName']),
    at: Number.isNaN(at) ? undefined : at,
    from,
    message: words.join(' ') || raw,
    raw,
  };
}

/** Whether a line is shown. */
export function fits(line: LogLine, shown: Shown, words: readonly string[]): boolean {
  if (RANK[line.level] < LEAST[shown]) return false;
  if (words.length === 0) return true;
  const said = `${line.from} ${line.message}`.toLowerCase();
  return words.every((word) => said.includes(word));
}
