import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compile, split } from './licences.mjs';

const TERMS = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software.\n`;
const made: string[] = [];

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'licences-'));
  made.push(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

describe('split', () => {
  it('takes the holders out of the text', () => {
    const text = `The MIT License (MIT)\r\n\r\nCopyright (c) 2020 Ada\r\n© 2021 Bob\r\n\r\n${TERMS}`;
    expect(split(text)).toEqual({ notice: 'Copyright (c) 2020 Ada\n© 2021 Bob', rest: TERMS.trim() });
  });

  it('leaves sentences about copyright and samples far below', () => {
    const text = `Copyright notice: keep it.\n${'x\n'.repeat(20)}Copyright [yyyy] [name]`;
    expect(split(text).notice).toBe('');
  });
});

describe('compile', () => {
  const of = (name: string, files: Record<string, string>) => ({
    name,
    version: '1.0.0',
    licence: 'MIT',
    kind: 'npm' as const,
    folder: folder(files),
  });

  it('keeps the same text once and every holder', () => {
    const { texts, packages } = compile([
      of('b', { 'LICENSE-MIT': `Copyright Bob\n${TERMS}` }),
      of('a', { LICENSE: `MIT License\nCopyright Ada\n\n${TERMS.replace('free of', 'free\nof')}` }),
    ]);
    expect(texts).toHaveLength(1);
    expect(packages.map(({ name, notice, text }) => [name, notice, text])).toEqual([
      ['a', 'Copyright Ada', 0],
      ['b', 'Copyright Bob', 0],
    ]);
  });

  it('prefers MIT where there is a choice, and takes no link for a text', () => {
    const { texts } = compile([
      of('a', { 'LICENSE-APACHE': 'Apache '.repeat(30), 'LICENSE-MIT': TERMS + TERMS }),
    ]);
    expect(texts[0]).toContain('Permission');
    expect(compile([of('a', { 'LICENSE-MIT': '../LICENSE-MIT' })])).toMatchObject({
      texts: [],
      packages: [{ name: 'a' }],
    });
  });

  it('names no folder of the machine it ran on', () => {
    expect(JSON.stringify(compile([of('a', { LICENSE: TERMS })]))).not.toContain(tmpdir());
  });
});
