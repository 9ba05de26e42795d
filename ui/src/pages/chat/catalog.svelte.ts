// What can be chosen and typed: models, commands, agents. Comes with the first page of a conversation.
import {
  gateway,
  type AgentRow,
  type AgentsListResult,
  type ChatMetadataResult,
  type CommandEntry,
  type ModelRow,
} from '$lib/gateway/index.svelte';

let models = $state.raw<readonly ModelRow[]>([]);
let commands = $state.raw<readonly CommandEntry[]>([]);
let agents = $state.raw<readonly AgentRow[]>([]);
let defaultAgent = $state<string>();

export const catalog = {
  get models(): readonly ModelRow[] {
    return models;
  },
  get commands(): readonly CommandEntry[] {
    return commands;
  },
  get agents(): readonly AgentRow[] {
    return agents;
  },
  get defaultAgent(): string | undefined {
    return defaultAgent;
  },
  agent(id: string): AgentRow | undefined {
    return agents.find((agent) => agent.id === id);
  },

  take(metadata: ChatMetadataResult | undefined, list: AgentsListResult | undefined): void {
    if (metadata !== undefined) ({ models, commands } = metadata);
    if (list === undefined) return;
    ({ agents } = list);
    defaultAgent = list.defaultId;
  },

  /** Asks again which models there are; they may have been added on another page. */
  async refreshModels(): Promise<void> {
    ({ models } = await gateway.call('models.list', {}));
  },
};

/** What an agent is called. */
export function agentName(agent: AgentRow): string {
  return agent.identity?.name ?? agent.name ?? agent.id;
}

/** The agent that a conversation belongs to. */
export function agentOf(key: string): string | undefined {
  const [word, id] = key.split(':');
  return word === 'agent' ? id : undefined;
}
