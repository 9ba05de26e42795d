// Providers, models and agents together: what the Models page, the picker of a model and the first run work with.

import { SvelteSet } from 'svelte/reactivity';
import { gateway, type AgentRow, type ModelRow, type ModelsProbeResult } from '$lib/gateway/index.svelte';
import { isBuiltIn, providerCards, type ProviderCard } from './providers';
import { Resource } from './resource.svelte';

/** What a provider said when it was asked, and when. */
export interface ProbeNote {
  result: ModelsProbeResult;
  at: number;
}

interface Loaded {
  cards: ProviderCard[];
  models: ModelRow[];
  agents: AgentRow[];
  defaultId: string;
}

async function load(refresh: boolean): Promise<Loaded> {
  const [auth, listed, agents] = await Promise.all([
    gateway.call('models.authStatus', { refresh }),
    gateway.call('models.list', { view: 'all', refresh, includeCost: true }),
    gateway.call('agents.list', {}),
  ]);
  const models = listed.models.filter((model) => !isBuiltIn(model));
  return {
    cards: providerCards(auth.providers, models),
    models,
    agents: agents.agents,
    defaultId: agents.defaultId,
  };
}

export class Catalogue {
  #refresh = false;
  readonly resource = new Resource(() => load(this.#refresh));
  /** Answers of providers, by provider; they are of this visit. */
  probes = $state.raw<Readonly<Record<string, ProbeNote>>>({});
  readonly probing = new SvelteSet<string>();

  get cards(): ProviderCard[] {
    return this.resource.value?.cards ?? [];
  }

  get models(): ModelRow[] {
    return this.resource.value?.models ?? [];
  }

  get agents(): AgentRow[] {
    return this.resource.value?.agents ?? [];
  }

  get defaultId(): string {
    return this.resource.value?.defaultId ?? '';
  }

  /** Also looks for servers on the gateway's machine. */
  async lookAgain(): Promise<void> {
    this.#refresh = true;
    this.probes = {};
    try {
      await this.resource.reload();
    } finally {
      this.#refresh = false;
    }
  }

  note(result: ModelsProbeResult): void {
    this.probes = { ...this.probes, [result.provider]: { result, at: Date.now() } };
  }

  /** Asks a provider whether it would answer; rejects only when the gateway could not be asked. */
  async probe(provider: string): Promise<void> {
    this.probing.add(provider);
    try {
      this.note(await gateway.call('models.probe', { provider }, { timeoutMs: 20_000 }));
      await this.resource.reload();
    } finally {
      this.probing.delete(provider);
    }
  }

  /** The key travels once and is kept by the gateway; what the provider says of it comes back. */
  async connect(
    provider: string,
    apiKey: string,
  ): Promise<{ storedIn: string; probe: ModelsProbeResult | undefined }> {
    const params = { provider, apiKey, probe: true };
    const { storedIn, probe } = await gateway.call('models.authLogin', params, { timeoutMs: 30_000 });
    if (probe) this.note(probe);
    await this.resource.reload();
    return { storedIn, probe };
  }

  async disconnect(provider: string): Promise<void> {
    await gateway.call('models.authLogout', { provider });
    const { [provider]: _gone, ...others } = this.probes;
    this.probes = others;
    await this.resource.reload();
  }

  /** `null` goes back to what the configuration says. */
  async useModel(agentId: string, reference: string | null): Promise<void> {
    await gateway.call('agents.update', { agentId, model: reference });
    await this.resource.reload();
  }
}
