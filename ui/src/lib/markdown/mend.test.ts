import { describe, expect, it } from 'vitest';
import { mend } from './mend';

describe('half-written Markdown', () => {
  const cases: [string, string, string?][] = [
    ['plain text', 'plain text'],
    ['a **bold', 'a **bold**'],
    ['a **bold*', 'a **bold**'],
    ['a **bold ', 'a **bold** '],
    ['a **', 'a '],
    ['a *soft', 'a *soft*'],
    ['a ***both', 'a ***both***'],
    ['a ~~gone', 'a ~~gone~~'],
    ['snake_case_name', 'snake_case_name'],
    ['2 * 3 = 6', '2 * 3 = 6'],
    ['`code', '`code`'],
    ['`', ''],
    ['``a ` b', '``a ` b``'],
    ['**a `b', '**a `b`**'],
    ['see [docs', 'see docs'],
    ['see [docs](https://exa', 'see docs'],
    ['see [docs](https://example.com) ok', 'see [docs](https://example.com) ok'],
    ['list[0', 'list[0'],
    ['look ![pict', 'look '],
    ['a <b', 'a '],
    ['1 < 2', '1 < 2'],
    ['text\n-', 'text\n'],
    ['text\n==', 'text\n'],
    ['```ru', ''],
    ['text\n``', 'text\n'],
    ['- **item', '- **item**', 'list'],
    ['- one **x**\n- two *y', '- one **x**\n- two *y*', 'list'],
    ['- one\n  ```js\n  a = **b', '- one\n  ```js\n  a = **b', 'list'],
    ['| a | b', ''],
    ['| a | b |\n', '| a | b |\n| --- | --- |'],
    ['| a | b |\n|--', '| a | b |\n| --- | --- |'],
    ['| a |\n|---|\n| **b', '| a |\n|---|\n| **b**', 'table'],
    ['    indented **code', '    indented **code', 'code'],
  ];
  for (const [source, wanted, type = 'paragraph'] of cases) {
    it(JSON.stringify(source), () => {
      expect(mend(source, type)).toBe(wanted);
    });
  }
});
