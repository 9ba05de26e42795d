// The last block of an answer that is still being written, completed so that it can be shown: what
// is open is closed, and a line that may yet become something else waits until it has decided.

/** A last line that is only a marker: list, rule, heading, quote, underline, fence, table. */
const UNDECIDED_LINE = /^\s*(?:[-*+=_]+|\d{1,9}[.)]?|#{1,6}|>+|[-*+] \[[ xX]?\]?)\s*$/;
const FENCE_START = /^\s*(?:`{1,2}|`{3,}[^`\n]*|~+|~{3,}[^\n]*)$/;
const LINE_MARKER = /^\s*(?:(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)|#{1,6}(?=\s))\s*)+/;
const OPEN_TAG = /^<[a-z/!][^>\n]{0,200}$/i;

/** `type` is what the block is as far as one can tell. */
export function mend(source: string, type: string): string {
  if (type === 'code' || type === 'html' || type === 'hr') return source;
  const { settled, lastLine } = splitLastLine(source);
  if (isInsideFence(settled)) return FENCE_START.test(lastLine) ? settled : source;
  if (UNDECIDED_LINE.test(lastLine) || FENCE_START.test(lastLine)) return completeEnd(settled, type);
  const blank = source.lastIndexOf('\n\n');
  const paragraphAt = blank < 0 ? 0 : blank + 2;
  if (type === 'paragraph' && /^ {0,3}\|/.test(source.slice(paragraphAt))) {
    return previewTable(source, paragraphAt);
  }
  return completeEnd(source, type);
}

function splitLastLine(source: string): { settled: string; lastLine: string } {
  const cut = source.lastIndexOf('\n') + 1;
  return { settled: source.slice(0, cut), lastLine: source.slice(cut) };
}

/** Code inside a list or a quote: nothing in it is Markdown. */
function isInsideFence(source: string): boolean {
  if (!source.includes('```') && !source.includes('~~~')) return false;
  let fence = '';
  for (const line of source.split('\n')) {
    const run = /^(`{3,}|~{3,})/.exec(line.replace(LINE_MARKER, '').trimStart())?.[1];
    if (run === undefined) continue;
    if (fence === '') fence = run;
    else if (run.startsWith(fence)) fence = '';
  }
  return fence !== '';
}

/** A table shows itself from its first complete line on, not as a paragraph of bars first. */
function previewTable(source: string, at: number): string {
  const [header = '', second = '', ...more] = source.slice(at).split('\n');
  if (!source.slice(at).includes('\n')) return source.slice(0, at);
  if (more.length > 0 || !/^[\s|:-]*$/.test(second)) return source;
  const columns = header
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/).length;
  return `${source.slice(0, at)}${header}\n|${' --- |'.repeat(columns)}`;
}

function completeEnd(source: string, type: string): string {
  const at = inlineStart(source, type);
  return source.slice(0, at) + completeInline(source.slice(at));
}

/** Where the run of text that is being written begins: emphasis does not reach beyond it. */
function inlineStart(source: string, type: string): number {
  const end = source.trimEnd().length;
  let at = source.lastIndexOf('\n\n', end - 1);
  at = at < 0 ? 0 : at + 2;
  let lineAt = at;
  for (const line of source.slice(at).split('\n')) {
    const marker = LINE_MARKER.exec(line)?.[0];
    if (marker !== undefined) at = lineAt + marker.length;
    lineAt += line.length + 1;
  }
  if (type !== 'table') return at;
  const line = source.lastIndexOf('\n', end - 1) + 1;
  return Math.max(line, source.lastIndexOf('|', end - 1) + 1);
}

interface Mark {
  character: string;
  length: number;
}

/** Closes code, emphasis and links that are open at the end of a run of inline text. */
export function completeInline(text: string): string {
  const marks: Mark[] = [];
  const brackets: number[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '\\') {
      if (at + 1 === text.length) return close(text.slice(0, at), marks);
      at += 2;
    } else if (character === '`') {
      const run = runLength(text, at);
      const end = closingRun(text, at + run, run);
      if (end < 0) return completeCode(text, at, run, marks);
      at = end;
    } else if (character === '*' || character === '_' || character === '~') {
      const run = runLength(text, at);
      if (!trackMark(marks, text, at, run)) return close(text.slice(0, at), marks);
      at += run;
    } else if (character === '<' && OPEN_TAG.test(text.slice(at, at + 202))) {
      return close(text.slice(0, at), marks);
    } else if (character === '[') {
      if (!/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) brackets.push(at);
      at += 1;
    } else if (character === ']') {
      const start = brackets.pop();
      const after = start === undefined ? at + 1 : linkEnd(text, at);
      if (start !== undefined && after < 0) {
        return completeLink(text, start, text.slice(start + 1, at), marks);
      }
      at = after;
    } else at += 1;
  }
  const open = brackets.pop();
  if (open !== undefined && !text.slice(open).includes('\n')) {
    return completeLink(text, open, text.slice(open + 1), marks);
  }
  return close(text, marks);
}

/** The end of a link whose text ends at `bracket`; negative when it is still being written. */
function linkEnd(text: string, bracket: number): number {
  if (bracket + 1 === text.length) return -1;
  if (text[bracket + 1] !== '(') return bracket + 1;
  const line = text.indexOf('\n', bracket);
  const end = text.indexOf(')', bracket);
  if (end >= 0) return end + 1;
  return line >= 0 ? bracket + 1 : -1;
}

/** Half a link is its text; half a picture is nothing yet. */
function completeLink(text: string, start: number, label: string, marks: readonly Mark[]): string {
  if (text[start - 1] === '!') return close(text.slice(0, start - 1), marks);
  return close(text.slice(0, start), []) + close(label.replace(/[*_~`]+$/, ''), marks);
}

function completeCode(text: string, at: number, run: number, marks: readonly Mark[]): string {
  const body = text.slice(at + run).replace(/`+$/, '');
  if (body.trim() === '') return close(text.slice(0, at), marks);
  return close(text.slice(0, at + run) + body + '`'.repeat(run), marks);
}

/** Opens or closes emphasis; false for a run at the very end that may still grow. */
function trackMark(marks: Mark[], text: string, at: number, run: number): boolean {
  const character = text[at] ?? '';
  const before = text[at - 1] ?? ' ';
  const after = text[at + run];
  const isWord = (c: string): boolean => /[\p{L}\p{N}]/u.test(c);
  const top = marks.at(-1);
  const closes = !/\s/.test(before) && top?.character === character;
  if (after === undefined) {
    if (!closes || run < top.length) return false;
    marks.pop();
    return true;
  }
  if (closes && run >= top.length && !(character === '_' && isWord(after))) {
    marks.pop();
    const rest = run - top.length;
    if (rest > 0 && marks.at(-1)?.character === character) marks.pop();
    return true;
  }
  const opens = !/\s/.test(after) && !(isWord(before) && (character !== '*' || run === 1));
  if (opens && run <= 3 && !(character === '~' && run !== 2)) marks.push({ character, length: run });
  return true;
}

function close(text: string, marks: readonly Mark[]): string {
  const kept = text.trimEnd();
  const closers = [...marks].reverse().map((mark) => mark.character.repeat(mark.length));
  return kept + closers.join('') + text.slice(kept.length);
}

function runLength(text: string, at: number): number {
  let end = at;
  while (text[end] === text[at]) end += 1;
  return end - at;
}

/** The index after the next run of exactly `length` backticks; negative when there is none. */
function closingRun(text: string, from: number, length: number): number {
  let at = text.indexOf('`', from);
  while (at >= 0) {
    const run = runLength(text, at);
    if (run === length) return at + run;
    at = text.indexOf('`', at + run);
  }
  return -1;
}
