/** What needs a person's attention, the most urgent first. Pure. */
import type {
  ApprovalRequested,
  ModelRow,
  PairingRequest,
  SystemInfoResult,
  UsageLimit,
} from '$lib/gateway/protocol.gen';

export type Level = 'danger' | 'warn' | 'info';

export type Concern = { id: string; level: Level } & (
  | { kind: 'approval'; request: ApprovalRequested }
  | { kind: 'pairing'; request: PairingRequest }
  | { kind: 'limitReached'; limit: UsageLimit }
  | { kind: 'limitNear'; limit: UsageLimit }
  | { kind: 'warning'; text: string; isSafeMode: boolean }
  | { kind: 'noModel' }
  | { kind: 'modelUnavailable'; model: ModelRow }
  | { kind: 'diskLow'; free: number; total: number }
);

export interface Facts {
  approvals: readonly ApprovalRequested[];
  pairings: readonly PairingRequest[];
  limits: readonly UsageLimit[];
  warnings: readonly string[];
  /** Absent while they are not known: nothing is claimed about what was not read. */
  models?: readonly ModelRow[];
  machine?: SystemInfoResult;
}

/** From which part of a limit on people should know. */
const NEAR_PERCENT = 80;
const LOW_DISK_BYTES = 1_000_000_000;
const LOW_DISK_PART = 0.03;
/** Provider of the answers that need no model. */
const BUILTIN = 'postern';

export function concernsOf(facts: Facts): Concern[] {
  return [
    ...facts.approvals.map((request): Concern => ({
      id: `approval:${request.id}`,
      level: 'danger',
      kind: 'approval',
      request,
    })),
    ...facts.pairings.map((request): Concern => ({
      id: `pairing:${request.requestId}`,
      level: 'warn',
      kind: 'pairing',
      request,
    })),
    ...facts.limits
      .filter((limit) => limit.blocked)
      .map((limit): Concern => limitConcern('limitReached', limit)),
    ...facts.warnings.map(warning),
    ...disk(facts.machine),
    ...facts.limits
      .filter((limit) => !limit.blocked && limit.usedPercent >= NEAR_PERCENT)
      .map((limit): Concern => limitConcern('limitNear', limit)),
    ...models(facts.models),
  ].sort((a, b) => weight(a.level) - weight(b.level));
}

function weight(level: Level): number {
  return { danger: 0, warn: 1, info: 2 }[level];
}

function limitConcern(kind: 'limitReached' | 'limitNear', limit: UsageLimit): Concern {
  const id = `limit:${limit.agentId ?? '*'}:${limit.unit}`;
  return { id, level: kind === 'limitReached' ? 'danger' : 'warn', kind, limit };
}

function warning(text: string, index: number): Concern {
  const isSafeMode = /^safe mode\b/i.test(text);
  return {
    id: `warning:${index}:${text}`,
    level: isSafeMode ? 'danger' : 'warn',
    kind: 'warning',
    text,
    isSafeMode,
  };
}

function disk(machine: SystemInfoResult | undefined): Concern[] {
  const [free, total] = [machine?.diskAvailableBytes, machine?.diskTotalBytes];
  if (free === undefined || total === undefined || total <= 0) return [];
  if (free >= LOW_DISK_BYTES && free / total >= LOW_DISK_PART) return [];
  // Without room for a few megabytes nothing that is said can be kept.
  const level = free < LOW_DISK_BYTES / 10 ? 'danger' : 'warn';
  return [{ id: 'disk', level, kind: 'diskLow', free, total }];
}

function models(rows: readonly ModelRow[] | undefined): Concern[] {
  const chosen = rows?.find((row) => row.tags?.includes('default'));
  if (!rows) return [];
  if (!chosen || chosen.provider === BUILTIN) return [{ id: 'no-model', level: 'info', kind: 'noModel' }];
  if (chosen.available !== false) return [];
  return [{ id: 'model', level: 'warn', kind: 'modelUnavailable', model: chosen }];
}

export type Headline = 'well' | 'attention' | 'trouble';

/** All in one word. Hints for a better set-up do not spoil it. */
export function headlineOf(concerns: readonly Concern[]): Headline {
  const trouble = concerns.some((concern) => concern.level === 'danger' && concern.kind !== 'approval');
  if (trouble) return 'trouble';
  return concerns.some((concern) => concern.level !== 'info') ? 'attention' : 'well';
}
