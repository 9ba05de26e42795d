/** Standing rules for commands as a list, and the file without one of them. Pure. */
import type { ExecApprovalsSetParams, ExecRulesResult } from '$lib/gateway/protocol.gen';

type RulesFile = ExecRulesResult['file'];
type Entry = NonNullable<NonNullable<RulesFile['agents']>[string]['allowlist']>[number];

/** What comes before the hash of one exact command. */
const EXACT = 'command:';

export interface RuleView {
  /** Agent it holds for; `*` is every agent. */
  agentId: string;
  /** One command word for word, or every command of matching programs. */
  kind: 'exact' | 'pattern';
  pattern: string;
  /** The command it was made for, where that is known. */
  command?: string;
  program?: string;
  lastUsedAt?: number;
}

export interface AgentRules {
  agentId: string;
  rules: RuleView[];
}

function view(agentId: string, entry: Entry): RuleView {
  const rule: RuleView = {
    agentId,
    kind: entry.pattern.startsWith(EXACT) ? 'exact' : 'pattern',
    pattern: entry.pattern,
  };
  if (entry.lastUsedCommand) rule.command = entry.lastUsedCommand;
  if (entry.lastResolvedPath) rule.program = entry.lastResolvedPath;
  if (entry.lastUsedAt) rule.lastUsedAt = entry.lastUsedAt;
  return rule;
}

/** Rules by agent, those for all first; within one the last used first. */
export function rulesByAgent(file: RulesFile): AgentRules[] {
  const agents = Object.entries(file.agents ?? {});
  return agents
    .map(([agentId, agent]) => ({
      agentId,
      rules: (agent.allowlist ?? [])
        .map((entry) => view(agentId, entry))
        .sort((a, b) => (b.lastUsedAt ?? 0) - (a.lastUsedAt ?? 0)),
    }))
    .filter((agent) => agent.rules.length > 0)
    .sort(
      (a, b) => Number(b.agentId === '*') - Number(a.agentId === '*') || a.agentId.localeCompare(b.agentId),
    );
}

/** The file without one rule, as it is to be stored. */
export function withoutRule(
  file: RulesFile,
  rule: Pick<RuleView, 'agentId' | 'pattern'>,
): ExecApprovalsSetParams['file'] {
  const agents = Object.fromEntries(
    Object.entries(file.agents ?? {}).map(([agentId, agent]) => {
      if (agentId !== rule.agentId || !agent.allowlist) return [agentId, agent];
      return [
        agentId,
        { ...agent, allowlist: agent.allowlist.filter((entry) => entry.pattern !== rule.pattern) },
      ];
    }),
  );
  return { ...file, agents };
}

/** Whether a pattern covers more than one program. */
export function isWide(rule: RuleView): boolean {
  return rule.kind === 'pattern' && /[*?]/.test(rule.pattern);
}
