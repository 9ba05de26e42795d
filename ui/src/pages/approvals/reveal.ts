/**
 * A command as it really is: characters that a screen hides, reorders or
 * confuses are named instead of drawn, so that what is read is what runs. Pure.
 */

export type Hazard = 'control' | 'bidi' | 'invisible' | 'space' | 'lookalike';

export type Segment =
  | { kind: 'text'; text: string }
  /** A line ends here; the mark is shown and the line breaks. */
  | { kind: 'newline'; label: string }
  /** A character that would not be seen as what it is. */
  | { kind: 'mark'; hazard: Hazard; label: string; code: string };

/** Characters that change the order in which text is drawn. */
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
/** Characters that are drawn as nothing, or combine with what is before them. */
const INVISIBLE =
  /[\u00AD\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200D\u2060-\u2065\u206A-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/u;
const CONTROL = /[\u0000-\u001F\u007F-\u009F]/u;
/** Spaces that a shell does not take for a space, and separators of lines. */
const SPACE = /[\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/u;
const UNPAIRED = /[\uD800-\uDFFF]/u;
const COMBINING = /\p{M}/u;
/** Letters of other alphabets that are drawn like Latin ones. */
const NOT_LATIN = /\p{L}/u;
const LATIN = /\p{Script=Latin}/u;
const CONFUSING = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\uFF01-\uFF5E]/u;

const CONTROL_NAMES: Readonly<Record<number, string>> = {
  0x00: 'NUL',
  0x07: 'BEL',
  0x08: 'BS',
  0x09: 'TAB',
  0x0b: 'VT',
  0x0c: 'FF',
  0x0d: 'CR',
  0x1b: 'ESC',
  0x7f: 'DEL',
  0x85: 'NEL',
  0xa0: 'NBSP',
  0xad: 'SHY',
  0x061c: 'ALM',
  0x200b: 'ZWSP',
  0x200c: 'ZWNJ',
  0x200d: 'ZWJ',
  0x200e: 'LRM',
  0x200f: 'RLM',
  0x2028: 'LSEP',
  0x2029: 'PSEP',
  0x202a: 'LRE',
  0x202b: 'RLE',
  0x202c: 'PDF',
  0x202d: 'LRO',
  0x202e: 'RLO',
  0x2060: 'WJ',
  0x2066: 'LRI',
  0x2067: 'RLI',
  0x2068: 'FSI',
  0x2069: 'PDI',
  0xfeff: 'BOM',
};

/** Splits a command into what can be drawn and what has to be named. */
export function reveal(command: string): Segment[] {
  const segments: Segment[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain) segments.push({ kind: 'text', text: plain });
    plain = '';
  };
  const inWord = mixedWords(command);
  let at = 0;
  for (const character of command) {
    const hazard = hazardOf(character, inWord.has(at));
    at += character.length;
    if (character === '\n') {
      flush();
      segments.push({ kind: 'newline', label: '↵' });
    } else if (hazard) {
      flush();
      segments.push({ kind: 'mark', hazard, label: labelOf(character), code: codeOf(character) });
    } else {
      plain += character;
    }
  }
  flush();
  return markEdges(segments);
}

function hazardOf(character: string, inMixedWord: boolean): Hazard | undefined {
  if (character === '\n' || character === ' ') return undefined;
  if (BIDI.test(character)) return 'bidi';
  if (CONTROL.test(character) || UNPAIRED.test(character)) return 'control';
  if (INVISIBLE.test(character) || COMBINING.test(character)) return 'invisible';
  if (SPACE.test(character)) return 'space';
  return inMixedWord && CONFUSING.test(character) ? 'lookalike' : undefined;
}

/** Positions inside words that mix Latin letters with letters that look like them. */
function mixedWords(command: string): Set<number> {
  const positions = new Set<number>();
  for (const match of command.matchAll(/[^\s/=:.,;|&()<>"'`$]+/gu)) {
    const word = match[0];
    const letters = [...word].filter((character) => NOT_LATIN.test(character));
    const mixes =
      letters.some((letter) => LATIN.test(letter)) && letters.some((letter) => CONFUSING.test(letter));
    const isFullWidth = /[\uFF01-\uFF5E]/u.test(word);
    if (!mixes && !isFullWidth) continue;
    for (let at = match.index; at < match.index + word.length; at += 1) positions.add(at);
  }
  return positions;
}

function labelOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const named = CONTROL_NAMES[code];
  if (named) return named;
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  // A look-alike is still a letter somebody has to recognise.
  if (NOT_LATIN.test(character) || CONFUSING.test(character)) return character;
  return codeOf(character);
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Blanks at the beginning and the end of a line cannot be seen; they are named too. */
function markEdges(segments: readonly Segment[]): Segment[] {
  const isEdge = (segment: Segment | undefined): boolean =>
    segment === undefined || segment.kind === 'newline';
  return segments.flatMap((segment, index) => {
    if (segment.kind !== 'text') return [segment];
    const ends = isEdge(segments[index + 1]);
    const trimmed = ends ? segment.text.replace(/ +$/, '') : segment.text;
    const blanks = segment.text.length - trimmed.length;
    const rest: Segment[] = trimmed ? [{ kind: 'text', text: trimmed }] : [];
    if (blanks > 0) rest.push({ kind: 'mark', hazard: 'space', label: '·'.repeat(blanks), code: 'U+0020' });
    return rest;
  });
}

/** Which kinds of hidden characters a command holds, for one warning above it. */
export function hazardsOf(segments: readonly Segment[]): Hazard[] {
  const found = new Set(
    segments.flatMap((segment) =>
      segment.kind === 'mark' && segment.label[0] !== '·' ? [segment.hazard] : [],
    ),
  );
  return (['bidi', 'invisible', 'control', 'lookalike', 'space'] as const).filter((hazard) =>
    found.has(hazard),
  );
}

/** How many lines it has when it is shown. */
export function lineCount(command: string): number {
  return command.split('\n').length;
}
