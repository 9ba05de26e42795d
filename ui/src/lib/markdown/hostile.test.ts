import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decorate } from './decorate';
import { toHighlightedHtml } from './highlight';
import { hostileHtml, hostileMarkdown } from './hostile.fixture';
import { labels } from './labels.fixture';
import { sanitizeContent, sanitizeHighlight } from './sanitize';
import { MarkdownView } from './view';

const ELEMENTS = new Set(
  (
    'a b blockquote br button code del div em h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre s small span ' +
    'strong sub sup table tbody td th thead tr u ul'
  ).split(' '),
);
const ATTRIBUTES = new Set(
  (
    'href target rel start class dir role tabindex type aria-label aria-pressed data-language ' +
    'data-depth data-action data-coloured start'
  ).split(' '),
);

// Hundreds of renderings in jsdom take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** What in the tree is not on the list above, and every link that must not be followed. */
function violations(root: HTMLElement): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const isHtml = element.namespaceURI === 'http://www.w3.org/1999/xhtml';
    if (!isHtml || !ELEMENTS.has(element.localName)) found.push(`<${element.localName}>`);
    for (const name of element.getAttributeNames()) if (!ATTRIBUTES.has(name)) found.push(name);
    for (const name of element.classList) if (!/^(md|hljs)-/.test(name)) found.push(`.${name}`);
  }
  for (const link of root.querySelectorAll('a')) {
    const href = link.getAttribute('href') ?? '';
    if (!/^(https?:\/\/|mailto:)/.test(href)) found.push(`href=${href}`);
    if (link.rel !== 'noopener noreferrer' || link.target !== '_blank') found.push(link.outerHTML);
  }
  return found;
}

function expectHarmless(root: HTMLElement, source: string): void {
  const found = violations(root);
  if (found.length > 0) expect(found, source).toEqual([]);
}

let root: HTMLElement;
const alarm = vi.fn();

beforeEach(() => {
  alarm.mockClear();
  vi.stubGlobal('alert', alarm);
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  root.remove();
  expect(alarm).not.toHaveBeenCalled();
});

describe('hostile output', () => {
  for (const source of [...hostileHtml, ...hostileMarkdown]) {
    it(`is only read: ${source.slice(0, 70)}`, () => {
      const contexts = [source, `text ${source} text`, `- ${source}`, `> ${source}`, `<b>${source}`];
      for (const text of contexts) {
        root.replaceChildren();
        new MarkdownView(root, () => labels).update(text, false);
        expectHarmless(root, text);
      }
    });

    it(`is only read while it arrives: ${source.slice(0, 50)}`, () => {
      const view = new MarkdownView(root, () => labels);
      const step = Math.ceil(source.length / 10);
      for (let at = step; at < source.length; at += step) {
        view.update(source.slice(0, at), true);
        expectHarmless(root, source.slice(0, at));
      }
      view.update(source, false);
      expectHarmless(root, source);
    });
  }

  // The renderer lets none of it through; the sanitiser must hold without its help.
  for (const source of hostileHtml) {
    it(`does not pass the sanitiser alone: ${source.slice(0, 60)}`, () => {
      const fragment = sanitizeContent(source);
      decorate(fragment, labels);
      root.replaceChildren(fragment);
      expectHarmless(root, source);
      // Parsed a second time, as a mutation would: still nothing.
      const again = document.createElement('div');
      again.innerHTML = root.innerHTML;
      expectHarmless(again, source);
    });
  }

  it('is shown, not swallowed', () => {
    new MarkdownView(root, () => labels).update('Use <script>alert(1)</script> never.', false);
    expect(root.textContent).toBe('Use <script>alert(1)</script> never.');
  });

  it('is found by this test when it gets through', () => {
    root.innerHTML = '<img src=x><b onclick=x style=y>z</b><a href="data:x">x</a><svg></svg>';
    expect(violations(root)).toEqual(expect.arrayContaining(['<img>', 'onclick', 'style', '<svg>']));
    expect(violations(root)).toContain('href=data:x');
  });

  it('cannot dress up as coloured code', () => {
    const html = toHighlightedHtml('<img src=x onerror=alert(1)>', 'xml') ?? '';
    root.append(sanitizeHighlight(`${html}<b id=x style=x onclick=x>y</b><img src=x onerror=alert(1)>`));
    expectHarmless(root, html);
    expect(root.querySelector('img, b')).toBeNull();
  });
});

describe('formatting that is allowed', () => {
  it('keeps what Markdown has attributes for', () => {
    const source = '7. seven\n8. eight\n\n| a |\n|:-:|\n| b |\n\n- [x] done\n\n```rust\nfn\n```\n\n# Title';
    new MarkdownView(root, () => labels).update(source, false);
    expect(root.querySelector('ol')?.getAttribute('start')).toBe('7');
    expect(root.querySelector('td')?.className).toBe('md-center');
    expect(root.querySelector('.md-task-done')?.getAttribute('aria-label')).toBe('Done');
    expect(root.querySelector<HTMLElement>('.md-code')?.dataset.language).toBe('rust');
    expect(root.querySelector('h2')?.textContent).toBe('Title');
  });

  it('keeps plain tags without attributes', () => {
    new MarkdownView(root, () => labels).update('Press <kbd>Ctrl</kbd>, H<sub>2</sub>O, a<br>b', false);
    expect(root.querySelector('kbd')?.textContent).toBe('Ctrl');
    expect(root.querySelector('sub')?.textContent).toBe('2');
    expect(root.querySelector('br')).not.toBeNull();
  });

  it('shows a picture from elsewhere as a link that names its host', () => {
    new MarkdownView(root, () => labels).update('![A cat](https://pics.example/cat.png)', false);
    expect(root.querySelector('img')).toBeNull();
    expect(root.querySelector('a')?.href).toBe('https://pics.example/cat.png');
    expect(root.textContent).toBe('Picture: A cat (pics.example)');
  });

  const texts: [string, string][] = [
    ['[https://bank.example](https://evil.example/x)', 'https://bank.example (evil.example)'],
    ['[bank.example/login](https://evil.example)', 'bank.example/login (evil.example)'],
    ['[www.bank.example](https://bank.example)', 'www.bank.example'],
    ['[the docs](https://docs.example)', 'the docs'],
    ['[login](https://bank.example@evil.example)', 'login (evil.example)'],
    ['[bank.example](https://bank.example.evil.example)', 'bank.example (bank.example.evil.example)'],
    ['[pay](https://xn--pypal-4ve.com)', 'pay (xn--pypal-4ve.com)'],
    ['[me@bank.example](mailto:you@evil.example)', 'me@bank.example (you@evil.example)'],
    ['https://plain.example/path', 'https://plain.example/path'],
    ['[v1.2.3 of main.rs](https://git.example/x)', 'v1.2.3 of main.rs (git.example)'],
    ['[gone](relative/path)', 'gone'],
  ];
  for (const [source, seen] of texts) {
    it(`tells where a link really leads: ${source}`, () => {
      new MarkdownView(root, () => labels).update(source, false);
      expect(root.textContent).toBe(seen);
    });
  }

  it('shows characters that would change the order or hide text', () => {
    const source = 'if (a\u202E) b\u2066\u2069 and `x\u202Ey` \u{E0041}\u{E0042}end';
    new MarkdownView(root, () => labels).update(source, false);
    expect(root.textContent).toBe('if (a[U+202E]) b[U+2066][U+2069] and x[U+202E]y [U+E0041 ×2]end');
  });

  it('leaves flags and joined emoji alone', () => {
    const source = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} 👩‍👩‍👧';
    new MarkdownView(root, () => labels).update(source, false);
    expect(root.textContent).toBe(source);
  });
});
