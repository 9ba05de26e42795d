import { describe, expect, it } from 'vitest';
import type { SessionsUsageResult, UsageDay, UsageLimit } from '$lib/gateway/protocol.gen';
import { toCsv } from './csv';
import { byAgent, byModel, topSessions } from './groups';
import { activeOverrides, limitTone, overrideParams, overrideProblem } from './limits';
import { dayLabel, daySeconds, fillDays, firstDay, isRange, today } from './range';

function totals(tokens: number, cost: number, missing = 0) {
  return {
    input: tokens,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    totalTokens: tokens,
    totalCost: cost,
    inputCost: cost,
    outputCost: 0,
    cacheReadCost: 0,
    cacheWriteCost: 0,
    missingCostEntries: missing,
  };
}

describe('days', () => {
  it('are days in UTC, across months and leap days', () => {
    expect(firstDay('2026-11-21', '1')).toBe('2026-11-21');
    expect(firstDay('2026-11-21', '7')).toBe('2026-11-15');
    expect(firstDay('2028-03-01', '7')).toBe('2028-02-24');
    expect(today(Date.UTC(2026, 10, 21, 23, 59))).toBe('2026-11-21');
    expect(daySeconds('1970-01-02')).toBe(86_400);
  });

  it('are all there, also those on which nothing was taken', () => {
    const day: UsageDay = { date: '2026-03-29', ...totals(10, 0.5), output: 4, cacheRead: 2, cacheWrite: 1 };
    const points = fillDays('2026-03-28', '2026-03-31', [day]);
    expect(points.map((point) => point.date)).toEqual([
      '2026-03-28',
      '2026-03-29',
      '2026-03-30',
      '2026-03-31',
    ]);
    expect(points[1]).toEqual({ date: '2026-03-29', input: 10, output: 4, cached: 3, tokens: 10, cost: 0.5 });
    expect(points[2]?.tokens).toBe(0);
  });

  it('of a hostile range are bounded', () => {
    expect(fillDays('0001-01-01', '9999-12-31', [])).toHaveLength(400);
    expect(fillDays('2026-01-02', '2026-01-01', [])).toEqual([]);
    expect(fillDays('nonsense', '2026-01-01', [])).toEqual([]);
  });

  it('are written in the language of the page', () => {
    expect(dayLabel('2026-11-21', 'en-GB')).toBe('21 Nov');
    expect(dayLabel('2026-11-21', 'de')).toMatch(/^21\. Nov/);
    expect(dayLabel('2026-11-21', 'en-GB', 'long')).toMatch(/^Saturday,? 21 November 2026$/);
    expect([isRange('7'), isRange('8'), isRange(undefined)]).toEqual([true, false, false]);
  });
});

const REPORT: SessionsUsageResult = {
  updatedAt: 9,
  startDate: '2026-11-15',
  endDate: '2026-11-21',
  totals: totals(300, 1),
  sessions: [
    session('agent:main:a', 10, 0.1, 's1'),
    session('agent:main:b', 500, 0, undefined),
    session('agent:main:c', 20, 0.9, 's3'),
    { key: 'agent:main:none', agentId: 'main', updatedAt: 1, usage: null },
  ],
  aggregates: {
    messages: { total: 3, user: 0, assistant: 3, toolCalls: 0, toolResults: 0, errors: 0 },
    tools: { totalCalls: 0, uniqueTools: 0, tools: [] },
    byModel: [
      { provider: 'ollama', model: 'llama', count: 4, totals: totals(400, 0, 4) },
      { provider: 'openai', model: 'gpt', count: 1, totals: totals(100, 2) },
    ],
    byProvider: [],
    byAgent: [
      { agentId: 'main', totals: totals(200, 1) },
      { agentId: 'bob', totals: totals(100, 4) },
    ],
    byChannel: [],
    daily: [],
  },
};

function session(key: string, tokens: number, cost: number, sessionId: string | undefined) {
  return {
    key,
    agentId: 'main',
    updatedAt: 5,
    modelProvider: 'openai',
    model: 'gpt',
    ...(sessionId === undefined ? {} : { sessionId }),
    usage: {
      ...totals(tokens, cost),
      lastActivity: 7,
      activityDates: [],
      dailyBreakdown: [],
      modelUsage: [],
    },
  };
}

describe('groups', () => {
  it('are sorted and drawn by what is measured', () => {
    expect(byModel(REPORT, 'cost').map((row) => [row.id, row.share])).toEqual([
      ['openai/gpt', 1],
      ['ollama/llama', 0],
    ]);
    expect(byModel(REPORT, 'tokens').map((row) => [row.id, row.share, row.unpriced])).toEqual([
      ['ollama/llama', 1, 4],
      ['openai/gpt', 0.25, 0],
    ]);
    const named = byAgent(REPORT, 'cost', (id) => (id === 'bob' ? 'Bob' : undefined));
    expect(named.map((row) => row.label)).toEqual(['Bob', 'main']);
  });

  it('lists the conversations that took most, and which are gone', () => {
    expect(topSessions(REPORT, 'cost').map((of) => of.key)).toEqual([
      'agent:main:c',
      'agent:main:a',
      'agent:main:b',
    ]);
    expect(topSessions(REPORT, 'tokens', 1)).toMatchObject([
      { key: 'agent:main:b', exists: false, model: 'openai/gpt' },
    ]);
  });

  it('of nothing are nothing', () => {
    const empty = { ...REPORT, sessions: [], aggregates: { ...REPORT.aggregates, byModel: [], byAgent: [] } };
    expect([
      byModel(empty, 'cost'),
      byAgent(empty, 'cost', () => undefined),
      topSessions(empty, 'cost'),
    ]).toEqual([[], [], []]);
  });
});

describe('toCsv', () => {
  it('quotes what must be quoted', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x, "y"', 1.5],
          ['two\nlines', Number.NaN],
        ],
      ),
    ).toBe('a,b\r\n"x, ""y""",1.5\r\n"two\nlines",\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('never yields a formula from %j', (text) => {
    const line = toCsv(['h'], [[text]]).split('\r\n')[1] ?? '';
    expect(line.replace(/^"/, '').startsWith("'")).toBe(true);
  });
});

describe('limits', () => {
  const limit = (usedPercent: number, blocked: boolean): UsageLimit => ({
    unit: 'usd',
    spent: 1,
    reserved: 0,
    limit: 2,
    usedPercent,
    resetAt: 0,
    blocked,
  });

  it('tell how near they are', () => {
    expect([limit(10, false), limit(80, false), limit(100, true), limit(100, false)].map(limitTone)).toEqual([
      'ok',
      'near',
      'reached',
      'lifted',
    ]);
  });

  it('are lifted only with a reason, for a day at most', () => {
    const draft = { agentId: '', forMs: 3_600_000, reason: ' deadline ' };
    expect(overrideProblem(draft)).toBeUndefined();
    expect(overrideParams(draft)).toEqual({ forMs: 3_600_000, reason: 'deadline' });
    expect(overrideParams({ ...draft, agentId: 'bob' })).toMatchObject({ agentId: 'bob' });
    expect(overrideProblem({ ...draft, reason: '  ' })).toBe('reason');
    expect(overrideProblem({ ...draft, reason: 'x'.repeat(201) })).toBe('long');
    expect(overrideProblem({ ...draft, forMs: 86_400_001 })).toBe('duration');
  });

  it('are back when the time is over', () => {
    const lifted = (untilMs: number) => ({ sinceMs: 0, untilMs, reason: 'r', by: 'me' });
    expect(activeOverrides([lifted(30), lifted(10), lifted(20)], 10).map((of) => of.untilMs)).toEqual([
      20, 30,
    ]);
  });
});
