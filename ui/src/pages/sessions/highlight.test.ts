import { describe, expect, it } from 'vitest';
import { highlight } from './highlight';

const shown = (text: string, query: string): string =>
  highlight(text, query)
    .map((part) => (part.isHit ? `[${part.text}]` : part.text))
    .join('');

describe('highlight', () => {
  it.each([
    ['the Quick brown fox', 'quick FOX', 'the [Quick] brown [fox]'],
    ['Grüße aus Köln', 'koln', 'Grüße aus [Köln]'],
    ['foxes and fox', 'fox', 'foxes and [fox]'],
    ['a (b) c', '"b"', 'a ([b]) c'],
    ['nothing here', '', 'nothing here'],
    ['<b>x</b>', 'x', '<b>[x]</b>'],
    ['', 'x', ''],
  ])('%j for %j is %j', (text, query, want) => {
    expect(shown(text, query)).toBe(want);
  });
});
