import { describe, expect, it } from 'vitest';
import { isSame, patternProblem, rulesOfNode, withMode, withPattern, type RulesFile } from './rules-draft';

const file: RulesFile = {
  version: 1,
  defaults: { ask: 'always' },
  agents: { '*': { ask: 'off', allowlist: [{ pattern: '/usr/bin/rg' }] } },
};

describe('editing', () => {
  it('sets one mode and takes it back', () => {
    const closed = withMode(file, 'security', 'deny');
    expect(closed.defaults).toEqual({ ask: 'always', security: 'deny' });
    expect(isSame(withMode(closed, 'security', ''), file)).toBe(true);
    expect(isSame(closed, file)).toBe(false);
  });

  it('adds a program and keeps everything else of the agent', () => {
    expect(withPattern(file, '*', '/bin/ls').agents?.['*']).toEqual({
      ask: 'off',
      allowlist: [{ pattern: '/usr/bin/rg' }, { pattern: '/bin/ls' }],
    });
    expect(withPattern({ version: 1 }, 'main', '/bin/ls').agents).toEqual({
      main: { allowlist: [{ pattern: '/bin/ls' }] },
    });
  });

  it('wants whole paths, once', () => {
    expect(patternProblem(file, '*', '/usr/bin/rg')).toBe('twice');
    expect(patternProblem(file, 'main', '/usr/bin/rg')).toBeUndefined();
    expect(patternProblem(file, '*', String.raw`C:\Tools\rg.exe`)).toBeUndefined();
    for (const pattern of ['', 'rg', '*', '~/bin/x', './x'])
      expect(patternProblem(file, '*', pattern)).toBe('path');
  });
});

describe('the rules of a node', () => {
  it('are read when they are of a known kind', () => {
    expect(rulesOfNode({ path: '/p', exists: true, hash: 'h', file })).toEqual({
      file,
      hash: 'h',
      path: '/p',
    });
    expect(rulesOfNode({ hash: 'h', file: {} })?.file).toEqual({ version: 1 });
    for (const answer of [
      {},
      { hash: 'h' },
      { file },
      { hash: 'h', file: { version: 2 } },
      { hash: 'h', file: [] },
    ]) {
      expect(rulesOfNode(answer)).toBeUndefined();
    }
  });
});
