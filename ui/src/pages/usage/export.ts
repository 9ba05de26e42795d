// The tables of the page as files.

import type { SessionsUsageResult, UsageCostResult } from '$lib/gateway/protocol.gen';
import { toCsv } from './csv';

export type ExportKind = 'days' | 'models' | 'sessions';

// Names of columns are the same in every language: programs read them.
export function exportCsv(kind: ExportKind, cost: UsageCostResult, usage: SessionsUsageResult): string {
  switch (kind) {
    case 'days':
      return toCsv(
        [
          'date',
          'input',
          'output',
          'cache_read',
          'cache_write',
          'total_tokens',
          'cost_usd',
          'answers_without_price',
        ],
        cost.daily.map((day) => [
          day.date,
          day.input,
          day.output,
          day.cacheRead,
          day.cacheWrite,
          day.totalTokens,
          day.totalCost,
          day.missingCostEntries,
        ]),
      );
    case 'models':
      return toCsv(
        ['provider', 'model', 'answers', 'total_tokens', 'cost_usd', 'answers_without_price'],
        usage.aggregates.byModel.map((of) => [
          of.provider,
          of.model ?? '',
          of.count,
          of.totals.totalTokens,
          of.totals.totalCost,
          of.totals.missingCostEntries,
        ]),
      );
    case 'sessions':
      return toCsv(
        ['session', 'label', 'agent', 'provider', 'model', 'total_tokens', 'cost_usd', 'last_used'],
        usage.sessions.map((of) => [
          of.key,
          of.label ?? '',
          of.agentId,
          of.modelProvider ?? '',
          of.model ?? '',
          of.usage?.totalTokens ?? 0,
          of.usage?.totalCost ?? 0,
          new Date(of.usage?.lastActivity ?? of.updatedAt).toISOString(),
        ]),
      );
  }
}

export function exportName(kind: ExportKind, first: string, last: string): string {
  return `postern-usage-${kind}-${first}${first === last ? '' : `-to-${last}`}.csv`;
}
