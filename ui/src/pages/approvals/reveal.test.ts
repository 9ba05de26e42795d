import { describe, expect, it } from 'vitest';
import { hazardsOf, lineCount, reveal, type Segment } from './reveal';

/** What a reader gets to see, marks in brackets. */
const seen = (segments: readonly Segment[]): string =>
  segments.map((segment) => (segment.kind === 'text' ? segment.text : `[${segment.label}]`)).join('');

describe('reveal', () => {
  it('leaves an ordinary command alone, whatever its length', () => {
    const command = `rg --files | head -n 20 && echo '${'x'.repeat(5_000)}'`;
    expect(reveal(command)).toEqual([{ kind: 'text', text: command }]);
    expect(hazardsOf(reveal(command))).toEqual([]);
  });

  it('names characters that reorder what is read', () => {
    const segments = reveal('rm -rf \u202Egpj.x\u202C');
    expect(seen(segments)).toBe('rm -rf [RLO]gpj.x[PDF]');
    expect(hazardsOf(segments)).toEqual(['bidi']);
  });

  it.each([
    ['a\u200Bb', 'a[ZWSP]b', 'invisible'],
    ['a\u{E0041}b', 'a[U+E0041]b', 'invisible'],
    ['a\u0301b', 'a[U+0301]b', 'invisible'],
    ['a\tb', 'a[TAB]b', 'control'],
    ['a\rb', 'a[CR]b', 'control'],
    ['a\u001B[2Jb', 'a[ESC][2Jb', 'control'],
    ['a\u0001b', 'a[^A]b', 'control'],
    ['a\u009Bb', 'a[U+009B]b', 'control'],
    ['a\uD800b', 'a[U+D800]b', 'control'],
    ['a\u00A0b', 'a[NBSP]b', 'space'],
    ['a\u2028b', 'a[LSEP]b', 'space'],
    ['cаt file', 'c[а]t file', 'lookalike'],
    ['cat\uFF0Ffile', 'cat[／]file', 'lookalike'],
  ])('%j is shown as %s', (command, want, hazard) => {
    const segments = reveal(command);
    expect(seen(segments)).toBe(want);
    expect(hazardsOf(segments)).toEqual([hazard]);
  });

  it('lets words of one alphabet be', () => {
    expect(seen(reveal('echo привет мир > größe.txt'))).toBe('echo привет мир > größe.txt');
  });

  it('breaks lines and shows that they break', () => {
    const segments = reveal('one\ntwo\r\n');
    expect(seen(segments)).toBe('one[↵]two[CR][↵]');
    expect(lineCount('one\ntwo\r\n')).toBe(3);
  });

  it('shows blanks at the end of a line', () => {
    const segments = reveal('echo a  \necho b ');
    expect(seen(segments)).toBe('echo a[··][↵]echo b[·]');
    expect(hazardsOf(segments)).toEqual([]);
  });

  it('loses no character: marks and text together are the command', () => {
    const command = ' \u202Ea\u0007\n\u200B x\u00A0';
    const back = reveal(command)
      .map((segment) => {
        if (segment.kind === 'text') return segment.text;
        if (segment.kind === 'newline') return '\n';
        const character = String.fromCodePoint(Number.parseInt(segment.code.slice(2), 16));
        return segment.code === 'U+0020' ? character.repeat(segment.label.length) : character;
      })
      .join('');
    expect(back).toBe(command);
  });
});
