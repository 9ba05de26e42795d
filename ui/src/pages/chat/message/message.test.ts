import { describe, expect, it } from 'vitest';
import { daysAgo, startsNewDay } from './days';
import { trackThought } from './elapsed';
import { Follow } from './follow';
import { asMarkdown, fixFor, isOwnImage, sectionsOf } from './parts';
import { newestSentence } from './thought';
import { capText, prettyArguments, stripAnsi, summarizeArguments } from './tool-text';
import type { Part } from '../types';

describe('following the end', () => {
  const state = (top: number, height = 1000): { top: number; viewport: number; height: number } => ({
    top,
    viewport: 400,
    height,
  });

  it('goes on while content grows and nobody scrolls', () => {
    const follow = new Follow();
    follow.scrolled(state(600), 0);
    follow.scrolled(state(600, 1400), 5000);
    expect(follow.following).toBe(true);
  });

  it('stops when its reader turns the wheel up, before anything moved', () => {
    const follow = new Follow();
    follow.intent('up', 0, true);
    expect(follow.following).toBe(false);
  });

  it('does not stop for a wheel turn that cannot scroll', () => {
    const follow = new Follow();
    follow.intent('up', 0, false);
    expect(follow.following).toBe(true);
  });

  it('stops when the scrollbar is dragged up', () => {
    const follow = new Follow();
    follow.scrolled(state(600), 0);
    follow.press(true, 10);
    follow.scrolled(state(300), 5000);
    expect(follow.following).toBe(false);
  });

  it('is not held at the end by the first pixels of a slow way up', () => {
    const follow = new Follow();
    follow.scrolled(state(600), 0);
    follow.intent('up', 10, true);
    follow.scrolled(state(580), 20);
    expect(follow.following).toBe(false);
  });

  it('stops when find in page moved the view', () => {
    const follow = new Follow();
    follow.scrolled(state(600), 0);
    follow.scrolled(state(100), 5000);
    expect(follow.following).toBe(false);
  });

  it('is not stopped by items above that turn out higher or lower', () => {
    const follow = new Follow();
    follow.scrolled(state(600), 0);
    follow.scrolled(state(700, 1200), 5000);
    follow.scrolled(state(500, 900), 6000);
    expect(follow.following).toBe(true);
  });

  it('starts again when its reader comes back to the end', () => {
    const follow = new Follow();
    follow.intent('up', 0, true);
    follow.scrolled(state(200), 10);
    follow.intent('down', 1000, true);
    follow.scrolled(state(590), 1010);
    expect(follow.following).toBe(true);
  });
});

describe('the parts of a message', () => {
  const tool = (id: string): Part => ({ type: 'tool', id, name: 'exec', args: {}, state: 'done' });

  it('puts calls in a row together, and only those', () => {
    const sections = sectionsOf([
      { type: 'thinking', text: 'hm' },
      tool('a'),
      tool('b'),
      { type: 'text', text: 'so' },
      tool('c'),
      { type: 'text', text: '  ' },
    ]);
    expect(sections.map((section) => [section.kind, section.key])).toEqual([
      ['thinking', 'thinking0'],
      ['tools', 'tool1'],
      ['text', 'text3'],
      ['tools', 'tool4'],
    ]);
    expect(sections[1]).toMatchObject({ tools: [{ id: 'a' }, { id: 'b' }] });
  });

  it('copies what was said, not what was done', () => {
    const parts: Part[] = [
      { type: 'thinking', text: 'secret' },
      { type: 'text', text: 'One **two**\n' },
      tool('a'),
      { type: 'file', name: 'x.pdf', mime: 'application/pdf' },
    ];
    expect(asMarkdown({ key: 'k', kind: 'assistant', state: 'done', parts })).toBe('One **two**\n\n[x.pdf]');
  });

  it('shows pictures of this page and its gateway alone', () => {
    const own = 'http://127.0.0.1:1';
    const allowed = ['data:image/png;base64,AA', `blob:${own}/1`, '/media/1.png', `${own}/media/1.png`];
    const refused = [
      'data:image/svg+xml,<svg>',
      'data:text/html,x',
      'https://evil.example/x.png',
      '//evil.example/x.png',
      'blob:https://evil.example/1',
      'javascript:alert(1)',
    ];
    expect(allowed.filter((src) => !isOwnImage(src, own))).toEqual([]);
    expect(refused.filter((src) => isOwnImage(src, own))).toEqual([]);
  });

  it('knows where an error can be mended', () => {
    expect(fixFor('openai: invalid API key (401)')).toBe('models');
    expect(fixFor('You exceeded your current quota')).toBe('usage');
    expect(fixFor('The connection was reset')).toBeNull();
  });
});

describe('the text of tools', () => {
  const summaries: [unknown, string][] = [
    [{ cwd: '/x', command: 'ls -la\n  /tmp' }, 'ls -la /tmp'],
    [{ command: ['git', 'status'] }, 'git status'],
    [{ path: '/etc/hosts', limit: 3 }, '/etc/hosts'],
    [{ depth: 3, verbose: true }, '{"depth":3,"verbose":true}'],
    [{ depth: 3, where: 'here' }, 'here'],
    ['{"comm', '{"comm'],
    [{}, ''],
    [undefined, ''],
    [null, ''],
    [{ command: 'x'.repeat(300) }, `${'x'.repeat(159)}…`],
  ];
  for (const [args, line] of summaries) {
    it(`is told in a line: ${line.slice(0, 30)}`, () => {
      expect(summarizeArguments(args)).toBe(line);
    });
  }

  it('is indented to be read, or as it came', () => {
    expect(prettyArguments({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(prettyArguments('{"a":')).toBe('{"a":');
    expect(prettyArguments({})).toBe('');
  });

  const outputs: [string, string][] = [
    ['\u001b[1;32mok\u001b[0m done', 'ok done'],
    ['\u001b[38;2;1;2;3mrgb\u001b[m', 'rgb'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b[2K\u001b[1Gline', 'line'],
    ['\u001b(Bset \u001b=x', 'set x'],
    ['\u009b31mred', 'red'],
    ['10%\r50%\r100%\nend\r\n', '100%\nend\n'],
    ['a\u0000b\tc', 'ab\tc'],
  ];
  for (const [raw, plain] of outputs) {
    it(`loses its escape sequences: ${JSON.stringify(raw)}`, () => {
      expect(stripAnsi(raw)).toBe(plain);
    });
  }

  it('is cut when it is long, by lines and by letters', () => {
    expect(capText('a\nb\n')).toEqual({ text: 'a\nb\n', totalLines: 0 });
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n');
    expect(capText(lines)).toEqual({ text: lines.split('\n').slice(0, 20).join('\n'), totalLines: 30 });
    expect(capText('x'.repeat(5000))).toEqual({ text: 'x'.repeat(4000), totalLines: 1 });
  });
});

describe('days', () => {
  const at = (day: number, hour: number): number => new Date(2026, 2, day, hour).getTime();

  it('change at midnight, not after 24 hours', () => {
    expect(startsNewDay(at(1, 23), at(2, 0))).toBe(true);
    expect(startsNewDay(at(1, 0), at(1, 23))).toBe(false);
    expect(startsNewDay(undefined, at(1, 0))).toBe(true);
    expect(startsNewDay(at(1, 0), undefined)).toBe(false);
  });

  it('are counted by the calendar, also over a change of the clock', () => {
    expect(daysAgo(at(1, 23), at(2, 1))).toBe(1);
    // The last Sunday of March has 23 hours in Europe.
    expect(daysAgo(at(28, 12), at(30, 12))).toBe(2);
  });
});

describe('a thought', () => {
  it('is told by its newest sentence that says something', () => {
    expect(newestSentence('First I **look**.\n\nThen I compare it with others. Now')).toBe(
      'Then I compare it with others.',
    );
    expect(newestSentence('First I `look` at it')).toBe('First I look at it');
    expect(newestSentence('')).toBe('');
  });

  it('is measured while it is seen, however often it is drawn', () => {
    expect(trackThought('never live', false, 5)).toBeUndefined();
    trackThought('k', true, 1000);
    trackThought('k', true, 2000);
    expect(trackThought('k', false, 4000)).toEqual({ from: 1000, to: 4000 });
    expect(trackThought('k', false, 9000)).toEqual({ from: 1000, to: 4000 });
  });
});
