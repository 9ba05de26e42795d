// What an agent may do: every tool there is, held against those that it gets.

import type { ExecRulesResult, ToolsCatalogResult, ToolsEffectiveResult } from '$lib/gateway/protocol.gen';

/** `asks`: it may, and every command waits for approval unless a rule allows it. */
export type ToolVerdict = 'allowed' | 'asks' | 'denied';

export interface ToolLine {
  id: string;
  label: string;
  /** First sentence, for the list. */
  summary: string;
  description: string;
  verdict: ToolVerdict;
}

export interface ToolSection {
  id: string;
  label: string;
  /** The MCP server that brings the tools. */
  server?: string;
  tools: ToolLine[];
  allowed: number;
}

/** Tools that run programs: those go through approvals. */
const RUNTIME = 'runtime';

export function isCommands(sectionId: string): boolean {
  return sectionId === RUNTIME;
}

export function toolSections(
  catalog: ToolsCatalogResult,
  effective: ToolsEffectiveResult,
  commands: 'asks' | 'allowed' = 'asks',
): ToolSection[] {
  const given = new Set(effective.groups.flatMap((group) => group.tools.map((tool) => tool.id)));
  return catalog.groups.map((group): ToolSection => {
    const verdict = (id: string): ToolVerdict => {
      if (!given.has(id)) return 'denied';
      return isCommands(group.id) ? commands : 'allowed';
    };
    const tools = group.tools.map((tool) => ({
      id: tool.id,
      label: tool.label,
      summary: firstSentence(tool.description),
      description: tool.description,
      verdict: verdict(tool.id),
    }));
    const server = group.pluginId?.replace(/^mcp:/, '');
    const allowed = tools.filter((tool) => tool.verdict !== 'denied').length;
    return { id: group.id, label: group.label, tools, allowed, ...(server === undefined ? {} : { server }) };
  });
}

/** A description begins with what the tool does; the rest is told to models. */
export function firstSentence(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const end = /[.:](?=\s|$)/.exec(line);
  return end === null ? line : `${line.slice(0, end.index)}.`;
}

export interface ToolSum {
  allowed: number;
  total: number;
}

export function toolSum(sections: readonly ToolSection[]): ToolSum {
  return {
    allowed: sections.reduce((sum, section) => sum + section.allowed, 0),
    total: sections.reduce((sum, section) => sum + section.tools.length, 0),
  };
}

/** Whether commands of an agent run without anybody being asked. */
export function commandVerdict(rules: ExecRulesResult | undefined, agentId: string): 'asks' | 'allowed' {
  if (rules === undefined) return 'asks';
  const { defaults, agents } = rules.file;
  const own = agents !== undefined && Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
  const security = own?.security ?? defaults?.security ?? rules.resolvedDefaults?.security;
  const ask = own?.ask ?? defaults?.ask ?? rules.resolvedDefaults?.ask;
  return security === 'full' && ask !== 'always' ? 'allowed' : 'asks';
}
