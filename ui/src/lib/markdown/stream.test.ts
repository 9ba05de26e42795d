import { describe, expect, it, vi } from 'vitest';
import { BlockStream, OPEN_BLOCK_LIMIT } from './blocks';
import { labels } from './labels.fixture';
import { MarkdownView } from './view';

// A thousand renderings in jsdom take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const DOCUMENT = [
  '# Heading *one*',
  'A paragraph with **bold**, `code`, ~~gone~~ and a [link](https://example.com/a_b).',
  '- one\n- two\n  - nested **deep**\n- three',
  '1. first\n\n2. second\n\n   with a paragraph\n3. third',
  '```rust\nfn main() {\n    println!("**no** markdown");\n}\n```',
  '| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3 | `4` |',
  '> quoted *text*\n> goes on',
  '- [x] done\n- [ ] open',
  '---',
  'Setext\n======',
  '~~~\nplain\n~~~',
  '- item with code\n  ```js\n  let a = 1;\n  ```\n- last',
  'The end.',
].join('\n\n');

function rendered(text: string): string {
  const root = document.createElement('div');
  new MarkdownView(root, () => labels).update(text, false);
  return normal(root);
}

/** Neighbouring text nodes are one text: what a reader sees. */
function normal(root: HTMLElement): string {
  const copy = root.cloneNode(true) as HTMLElement;
  copy.normalize();
  for (const frame of copy.querySelectorAll('[data-coloured]')) frame.removeAttribute('data-coloured');
  for (const element of copy.querySelectorAll('*')) {
    const sorted = [...element.attributes].sort((a, b) => a.name.localeCompare(b.name));
    for (const { name, value } of sorted) {
      element.removeAttribute(name);
      element.setAttribute(name, value);
    }
  }
  return copy.innerHTML;
}

function streamed(text: string, size: number, after: (root: HTMLElement, at: number) => void): string {
  const root = document.createElement('div');
  const view = new MarkdownView(root, () => labels);
  for (let at = size; at < text.length; at += size) {
    view.update(text.slice(0, at), true);
    after(root, at);
  }
  view.update(text, true);
  view.update(text, false);
  return normal(root);
}

describe('a streamed answer', () => {
  for (const size of [1, 3, 7, 50]) {
    it(`ends as if it had come at once, in pieces of ${size}`, () => {
      expect(streamed(DOCUMENT, size, () => {})).toBe(rendered(DOCUMENT));
    });
  }

  it('never shows the marks of what is half-written', () => {
    const text =
      'Some **bold text** and *soft* `code here` and [a link](https://example.com/x), ~~old~~.\n\n' +
      '| name | value |\n|------|------:|\n| a | **1** |\n\n```ts\nconst a = 1;\n```\n\nEnd.';
    streamed(text, 1, (root, at) => {
      const seen = root.textContent ?? '';
      expect(seen, text.slice(0, at)).not.toMatch(/\*|`|~|\]\(|\|/);
    });
  });

  it('keeps the nodes of what is finished', () => {
    const root = document.createElement('div');
    const view = new MarkdownView(root, () => labels);
    view.update('First.\n\n```js\na\n```\n\nSecond', true);
    const [first, code, second] = [...root.children];
    view.update('First.\n\n```js\na\n```\n\nSecond goes on.\n\nThird', true);
    expect([...root.children].slice(0, 3)).toEqual([first, code, second]);
    expect(root.children[0]).toBe(first);
    expect(root.children[1]).toBe(code);
    expect(root.children[2]).toBe(second);
  });

  it('keeps the text node that is being written, and so a selection in it', () => {
    const root = document.createElement('div');
    const view = new MarkdownView(root, () => labels);
    view.update('Hello', true);
    const text = root.querySelector('p')?.firstChild;
    view.update('Hello there', true);
    expect(root.querySelector('p')?.firstChild).toBe(text);
    expect(root.textContent).toBe('Hello there');
  });

  it('starts over when the text is another one', () => {
    const root = document.createElement('div');
    const view = new MarkdownView(root, () => labels);
    view.update('One\n\nTwo\n\nThree', true);
    view.update('Other', false);
    expect(root.textContent).toBe('Other');
  });

  it('resolves references that are defined at the end', () => {
    const text = 'See [the docs][d].\n\nMore.\n\n[d]: https://example.com/docs\n';
    expect(streamed(text, 5, () => {})).toContain('href="https://example.com/docs"');
  });

  it('takes line ends of any kind', () => {
    expect(streamed('a\r\n\r\n- b\r\n- c\r\n', 1, () => {})).toBe(rendered('a\n\n- b\n- c\n'));
  });
});

describe('the cost of a long answer', () => {
  const sentence = 'Some words that go on with **bold** and `code` for a while.';
  const prose = (count: number): string => Array(count).fill(sentence).join(' ');
  const shapes: Record<string, string> = {
    paragraphs: `${prose(8)}\n\n`.repeat(270),
    'one list': `- ${prose(2)}\n`.repeat(1000),
    'one table': `| h | i |\n|---|---|\n${`| ${sentence} | x |\n`.repeat(2000)}`,
    'one code block': `\`\`\`js\n${'const value = compute(1, 2, 3);\n'.repeat(4000)}\`\`\`\n`,
    'one paragraph': prose(2100),
    'one quote': `> ${sentence}\n`.repeat(2000),
  };
  const STEP = 96;

  for (const [name, text] of Object.entries(shapes)) {
    it(`grows with its length, not with its square: ${name}`, () => {
      expect(text.length).toBeGreaterThan(120_000);
      const stream = new BlockStream();
      let worst = 0;
      for (let at = STEP; at <= text.length; at += STEP) {
        const before = stream.lexed;
        stream.update(text.slice(0, at), false);
        worst = Math.max(worst, stream.lexed - before);
      }
      // One update looks at the open block and, once, at what was just finished.
      expect(worst).toBeLessThan(3 * OPEN_BLOCK_LIMIT);
      expect(stream.lexed).toBeLessThan((text.length / STEP) * 2 * OPEN_BLOCK_LIMIT);
    });
  }

  it('leaves one list and one table behind, however they were cut', () => {
    for (const name of ['one list', 'one table']) {
      const text = (shapes[name] ?? '').slice(0, 14_000);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      const root = document.createElement('div');
      const view = new MarkdownView(root, () => labels);
      for (let at = 700; at < whole.length; at += 700) view.update(whole.slice(0, at), true);
      view.update(whole, false);
      expect(normal(root), name).toBe(rendered(whole));
    }
  });
});
