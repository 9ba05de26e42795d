/** Rules for commands while somebody edits them: those of the gateway, and those that a node keeps. Pure. */
import type { ExecRulesResult, NodeExecRules } from '$lib/gateway/protocol.gen';
import { withoutRule } from './rules';

export type RulesFile = ExecRulesResult['file'];

/** Rules as they were read. */
export interface Rules {
  file: RulesFile;
  /** Names this state of the rules when they are written. */
  hash: string;
  /** Where they are kept. */
  path?: string;
  /** What holds where the file says nothing. */
  resolved?: NonNullable<ExecRulesResult['resolvedDefaults']>;
}

/** Where rules come from and go to. */
export interface RulesSource {
  read(): Promise<Rules>;
  write(file: RulesFile, baseHash: string): Promise<Rules>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The answer of a node, as far as it can be edited here; undefined for rules of another kind. */
export function rulesOfNode(answer: NodeExecRules): Rules | undefined {
  const { file, hash, path, resolvedDefaults } = answer;
  if (!isRecord(file) || typeof hash !== 'string') return undefined;
  if (file['version'] !== undefined && file['version'] !== 1) return undefined;
  const rules: Rules = { file: { ...file, version: 1 } as RulesFile, hash };
  if (typeof path === 'string') rules.path = path;
  if (isRecord(resolvedDefaults))
    rules.resolved = resolvedDefaults as unknown as NonNullable<Rules['resolved']>;
  return rules;
}

export type Mode = 'security' | 'ask' | 'askFallback';

/** The file with another mode for everybody; `''` is what holds by itself. */
export function withMode(file: RulesFile, mode: Mode, value: string): RulesFile {
  const { [mode]: _, ...others } = file.defaults ?? {};
  return { ...file, defaults: value === '' ? others : { ...others, [mode]: value } };
}

/** The file with one more program that runs without asking. */
export function withPattern(file: RulesFile, agentId: string, pattern: string): RulesFile {
  const agent = file.agents?.[agentId] ?? {};
  const allowlist = [...(agent.allowlist ?? []), { pattern }];
  return { ...file, agents: { ...file.agents, [agentId]: { ...agent, allowlist } } };
}

export type PatternProblem = 'path' | 'twice';

/** Why a pattern cannot be added. The keeper of the rules has the last word. */
export function patternProblem(
  file: RulesFile,
  agentId: string,
  pattern: string,
): PatternProblem | undefined {
  const isPath = /^(\/|[A-Za-z]:[\\/])/.test(pattern);
  if (!isPath) return 'path';
  const known = file.agents?.[agentId]?.allowlist ?? [];
  return known.some((entry) => entry.pattern === pattern) ? 'twice' : undefined;
}

/** Whether two files say the same. */
export function isSame(a: RulesFile, b: RulesFile): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

export { withoutRule };
