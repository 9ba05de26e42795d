import { describe, expect, it } from 'vitest';
import type { CommandEntry } from '$lib/gateway/index.svelte';
import { complete } from './completion';

function command(name: string, more: Partial<CommandEntry> = {}): CommandEntry {
  return { name, description: `about ${name}`, source: 'native', scope: 'both', acceptsArgs: false, ...more };
}

const level = {
  name: 'level',
  description: 'how long',
  type: 'string' as const,
  choices: ['off', 'low', 'default'].map((value) => ({ value, label: value })),
};
const commands = [
  command('help', { textAliases: ['/help', '/h', '/?'] }),
  command('think', { textAliases: ['/think', '/thinking', '/t'], args: [level] }),
  command('reset'),
  command('approve', { args: [{ name: 'id', description: 'which', type: 'string', required: true }] }),
];

function labels(text: string): string[] {
  return complete(text, text.length, commands).map((one) => one.label);
}

describe('completion', () => {
  it('offers all commands after a slash and those that fit while one is typed', () => {
    expect(labels('/')).toEqual(['/help', '/think [level]', '/reset', '/approve <id>']);
    expect(labels('/th')).toEqual(['/think [level]']);
    expect(labels('/H')).toEqual(['/help']);
    expect(labels('/set')).toEqual(['/reset']);
    expect(labels('/nothing')).toEqual([]);
  });

  it('offers the words of an argument, by any name of the command', () => {
    expect(labels('/think ')).toEqual(['off', 'low', 'default']);
    expect(labels('/t L')).toEqual(['low']);
    expect(complete('/t l', 4, commands)[0]?.text).toBe('/t low');
    expect(labels('/think low')).toEqual([]);
  });

  it('is quiet in the middle of a text', () => {
    expect(labels('say /help')).toEqual([]);
    expect(labels('/help\n')).toEqual([]);
    expect(complete('/help', 2, commands)).toEqual([]);
  });

  it('knows which can be sent as they are', () => {
    const ready = complete('/', 1, commands).map((one) => one.isComplete);
    expect(ready).toEqual([true, true, true, false]);
  });
});
