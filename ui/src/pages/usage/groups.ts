// What was taken, by model, by agent and by conversation, as rows with a share of the largest.

import type { SessionsUsageResult, SessionUsage } from '$lib/gateway/protocol.gen';

export type Measure = 'cost' | 'tokens';

export interface ShareRow {
  id: string;
  label: string;
  tokens: number;
  cost: number;
  /** Answers; absent where nobody counted them. */
  answers?: number;
  /** Answers that have no known price. */
  unpriced: number;
  /** 0 to 1, of the largest row. */
  share: number;
}

type Counted = Omit<ShareRow, 'share'>;

function withShares(rows: Counted[], measure: Measure): ShareRow[] {
  const largest = Math.max(0, ...rows.map((row) => row[measure]));
  const other: Measure = measure === 'cost' ? 'tokens' : 'cost';
  return rows
    .map((row) => ({ ...row, share: largest > 0 ? row[measure] / largest : 0 }))
    .sort((a, b) => b[measure] - a[measure] || b[other] - a[other] || a.label.localeCompare(b.label));
}

export function byModel(usage: SessionsUsageResult, measure: Measure): ShareRow[] {
  const rows = usage.aggregates.byModel.map((of): Counted => {
    const reference = of.model === undefined ? of.provider : `${of.provider}/${of.model}`;
    const { totalTokens: tokens, totalCost: cost, missingCostEntries: unpriced } = of.totals;
    return { id: reference, label: reference, tokens, cost, answers: of.count, unpriced };
  });
  return withShares(rows, measure);
}

export function byAgent(
  usage: SessionsUsageResult,
  measure: Measure,
  nameOf: (agentId: string) => string | undefined,
): ShareRow[] {
  const rows = usage.aggregates.byAgent.map((of): Counted => {
    const { totalTokens: tokens, totalCost: cost, missingCostEntries: unpriced } = of.totals;
    return { id: of.agentId, label: nameOf(of.agentId) ?? of.agentId, tokens, cost, unpriced };
  });
  return withShares(rows, measure);
}

export interface SessionLine {
  key: string;
  label: string;
  agentId: string;
  model?: string;
  tokens: number;
  cost: number;
  lastUsed: number;
  /** Whether it still exists, so that it can be opened. */
  exists: boolean;
}

function line(of: SessionUsage): SessionLine {
  const model = of.model === undefined ? undefined : [of.modelProvider, of.model].filter(Boolean).join('/');
  return {
    key: of.key,
    label: of.label ?? of.key.replace(/^agent:[^:]+:/, ''),
    agentId: of.agentId,
    ...(model === undefined ? {} : { model }),
    tokens: of.usage?.totalTokens ?? 0,
    cost: of.usage?.totalCost ?? 0,
    lastUsed: of.usage?.lastActivity ?? of.updatedAt,
    exists: of.sessionId !== undefined,
  };
}

/** The conversations that took most. */
export function topSessions(usage: SessionsUsageResult, measure: Measure, most = 10): SessionLine[] {
  const other: Measure = measure === 'cost' ? 'tokens' : 'cost';
  return usage.sessions
    .filter((of) => of.usage !== null)
    .map(line)
    .sort((a, b) => b[measure] - a[measure] || b[other] - a[other])
    .slice(0, most);
}
