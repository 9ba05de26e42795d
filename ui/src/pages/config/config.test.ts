import { describe, expect, test } from 'vitest';
import schema from '../../../../schemas/config.json';
import { diffLines, hunks } from './diff';
import { changed, mergePatch, valueAt } from './draft';
import { matching, sectionsOf, withoutDefault, worded, type Field } from './schema';

const sections = sectionsOf(schema);
const all = sections.flatMap(({ groups }) => groups.flatMap(({ fields }) => fields));
const field = (path: string): Field | undefined => all.find((each) => each.path === path);

describe('the form of the real schema', () => {
  test('has every main section, and no empty group', () => {
    expect(sections.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['gateway', 'agents', 'models', 'tools']),
    );
    expect(sections.flatMap(({ groups }) => groups).filter(({ fields }) => fields.length === 0)).toEqual([]);
  });

  test('asks for each setting in its way', () => {
    expect(field('gateway.port')).toMatchObject({
      kind: 'number',
      whole: true,
      min: 0,
      max: 65535,
      usual: '18789',
    });
    expect(field('gateway.bind')?.kind).toBe('choice');
    expect(field('gateway.bind')?.choices.map(({ value }) => value)).toContain('tailnet');
    expect(field('gateway.auth.token')?.kind).toBe('secret');
    expect(field('gateway.trustedProxies')?.kind).toBe('lines');
    expect(field('gateway.controlUi.enabled')?.kind).toBe('flag');
    expect(field('agents.list')?.kind).toBe('json');
  });

  test('finds settings by their words', () => {
    const found = matching(sections, 'trusted prox').flatMap(({ groups }) =>
      groups.flatMap(({ fields }) => fields),
    );
    expect(found.map(({ path }) => path)).toContain('gateway.trustedProxies');
    expect(found.length).toBeLessThan(all.length);
    expect(matching(sections, 'no such setting at all')).toEqual([]);
  });
});

test('names and defaults are read from the schema', () => {
  expect(worded('controlUi')).toBe('Control UI');
  expect(worded('windowMs')).toBe('Window MS');
  expect(withoutDefault('TCP port; 0 picks a free one. Default 18789.')).toEqual({
    help: 'TCP port; 0 picks a free one.',
    usual: '18789',
  });
  expect(withoutDefault('Nothing said.')).toEqual({ help: 'Nothing said.', usual: undefined });
});

test('a draft holds what differs from the file, and becomes one merge patch', () => {
  const stored = { gateway: { port: 1, bind: 'lan' } };
  let draft = changed({}, 'gateway.port', 2, valueAt(stored, 'gateway.port'));
  draft = changed(draft, 'gateway.bind', undefined, 'lan');
  draft = changed(draft, 'session.mainKey', 'home', undefined);
  expect(mergePatch(draft)).toEqual({ gateway: { port: 2, bind: null }, session: { mainKey: 'home' } });
  expect(changed(draft, 'gateway.port', 1, 1)).not.toHaveProperty('gateway.port');
  expect(valueAt(stored, 'gateway.constructor')).toBeUndefined();
});

test('a difference is shown by line, with what stands beside it', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh';
  const after = 'a\nb\nc\nd\nE\nf\ng\nh\ni';
  const lines = diffLines(before, after);
  expect(lines.filter(({ kind }) => kind !== 'same').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'removed e',
    'added E',
    'added i',
  ]);
  const rebuilt = lines.filter(({ kind }) => kind !== 'removed').map(({ text }) => text);
  expect(rebuilt.join('\n')).toBe(after);
  expect(hunks(lines, 1).map((line) => line?.text ?? '…')).toEqual(['…', 'd', 'e', 'E', 'f', '…', 'h', 'i']);
});
