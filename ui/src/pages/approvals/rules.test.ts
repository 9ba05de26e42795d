import { describe, expect, it } from 'vitest';
import type { ExecRulesResult } from '$lib/gateway/protocol.gen';
import { isWide, rulesByAgent, withoutRule } from './rules';

const file: ExecRulesResult['file'] = {
  version: 1,
  defaults: { ask: 'always' },
  agents: {
    main: {
      security: 'allowlist',
      allowlist: [
        { pattern: '/usr/bin/rg' },
        {
          pattern: `command:${'ab'.repeat(32)}`,
          lastUsedAt: 9,
          lastUsedCommand: 'make test',
          lastResolvedPath: '/usr/bin/make',
        },
      ],
    },
    idle: { ask: 'always' },
    '*': { allowlist: [{ pattern: '/opt/tools/**', lastUsedAt: 3 }] },
  },
};

describe('rulesByAgent', () => {
  it('lists agents that have rules, those for all first, the last used first', () => {
    const groups = rulesByAgent(file);
    expect(groups.map((group) => group.agentId)).toEqual(['*', 'main']);
    expect(groups[1]?.rules).toEqual([
      {
        agentId: 'main',
        kind: 'exact',
        pattern: `command:${'ab'.repeat(32)}`,
        command: 'make test',
        program: '/usr/bin/make',
        lastUsedAt: 9,
      },
      { agentId: 'main', kind: 'pattern', pattern: '/usr/bin/rg' },
    ]);
  });

  it('is empty without rules', () => {
    expect(rulesByAgent({ version: 1 })).toEqual([]);
  });
});

describe('withoutRule', () => {
  it('takes out one entry of one agent and nothing else', () => {
    const next = withoutRule(file, { agentId: 'main', pattern: '/usr/bin/rg' });
    expect(next.agents?.['main']?.allowlist?.map((entry) => entry.pattern)).toEqual([
      `command:${'ab'.repeat(32)}`,
    ]);
    expect(next.agents?.['main']?.security).toBe('allowlist');
    expect(next.agents?.['*']).toEqual(file.agents?.['*']);
    expect(next.defaults).toEqual({ ask: 'always' });
    expect(file.agents?.['main']?.allowlist).toHaveLength(2);
  });
});

describe('isWide', () => {
  it('tells patterns that cover several programs', () => {
    const [all, main] = rulesByAgent(file);
    expect(all?.rules.map(isWide)).toEqual([true]);
    expect(main?.rules.map(isWide)).toEqual([false, false]);
  });
});
