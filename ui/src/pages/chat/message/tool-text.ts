// What a tool was asked and what it said, as text for people.

/** The argument that says most about a call, by the names tools use for it. */
const TELLING = [
  ...['command', 'cmd', 'path', 'file_path', 'filePath', 'file', 'url', 'query', 'q', 'pattern'],
  ...['prompt', 'message', 'text', 'name', 'id', 'key', 'action'],
];

/** One short line about the arguments of a call. */
export function summarizeArguments(args: unknown): string {
  return oneLine(telling(args), 160);
}

function telling(args: unknown): string {
  if (typeof args === 'string') return args;
  if (args === undefined || args === null) return '';
  if (typeof args !== 'object') return JSON.stringify(args);
  const entries: [string, unknown][] = Object.entries(args);
  const byName = TELLING.map((name) => entries.find(([key]) => key === name)?.[1]);
  const found = byName.find((value) => isTelling(value)) ?? entries.find(([, v]) => isTelling(v))?.[1];
  if (typeof found === 'string') return found;
  if (Array.isArray(found)) return found.join(' ');
  return entries.length === 0 ? '' : JSON.stringify(args);
}

function isTelling(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((part) => typeof part === 'string');
  return typeof value === 'string' && value !== '';
}

export function oneLine(text: string, limit: number): string {
  const line = stripAnsi(text).replace(/\s+/g, ' ').trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

/** Arguments to read: indented JSON, or the text as it came while it is not complete. */
export function prettyArguments(args: unknown): string {
  if (args === undefined || args === null) return '';
  if (typeof args === 'string') return args;
  const isEmpty = typeof args === 'object' && Object.keys(args).length === 0;
  return isEmpty ? '' : JSON.stringify(args, null, 2);
}

/**
 * What ECMA-48 defines, one alternative each: control sequences (colours, cursor), control strings
 * (titles, links) up to their terminator, and the two-byte escapes.
 */
const ANSI =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\|$)|\u001B[ -/]*[0-~]/g;
const OTHER_CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;

/** Output without escape sequences; a carriage return overwrites its line, as a terminal would. */
export function stripAnsi(text: string): string {
  const plain = text.replace(ANSI, '').replace(/\r\n/g, '\n');
  const settled = plain.includes('\r') ? plain.replace(/[^\n]*\r(?=[^\n])/g, '') : plain;
  return settled.replace(/\r/g, '').replace(OTHER_CONTROLS, '');
}

export interface CappedText {
  text: string;
  /** Lines of the whole; 0 when nothing was left out. */
  totalLines: number;
}

/** The beginning of a long output: as much as can be taken in at a glance. */
export function capText(text: string, maxLines = 20, maxLength = 4000): CappedText {
  let end = -1;
  for (let line = 0; line < maxLines; line += 1) {
    end = text.indexOf('\n', end + 1);
    if (end < 0) break;
  }
  const isLong = end >= 0 && end < text.length - 1;
  if (!isLong && text.length <= maxLength) return { text, totalLines: 0 };
  const cut = Math.min(isLong ? end : text.length, maxLength);
  return { text: text.slice(0, cut), totalLines: text.split('\n').length };
}
