// What the Models page shows of providers: their keys and their models put together.

import type { ModelRow, ProviderAuth } from '$lib/gateway/protocol.gen';

/** `present`: a key is kept. `found`: a server on this machine answers. `absent`: nothing answers there.
 *  `refused`: the provider did not take the key. `error`: the credential store did not answer.
 *  `keyless`: written in the configuration, and needs no key. */
export type ProviderState = 'present' | 'missing' | 'refused' | 'error' | 'found' | 'absent' | 'keyless';

export type ProviderKind = 'cloud' | 'local' | 'custom';

export interface ProviderCard {
  id: string;
  name: string;
  kind: ProviderKind;
  state: ProviderState;
  models: ModelRow[];
  /** Whether a key of it is kept, so that it can be removed. */
  hasKey: boolean;
  /** Whether one of its models can be asked now. */
  isReady: boolean;
}

/** What is known of a provider beyond what the gateway says: where its keys are made, and how they begin. */
export interface ProviderFacts {
  keysUrl?: string;
  downloadUrl?: string;
  /** How its keys begin; only for a hint, never a refusal. */
  prefix?: string;
  /** Where its server listens on this machine. */
  address?: string;
}

const FACTS: Readonly<Record<string, ProviderFacts>> = {
  anthropic: { keysUrl: 'https://console.anthropic.com/settings/keys', prefix: 'sk-ant-' },
  openai: { keysUrl: 'https://platform.openai.com/api-keys', prefix: 'sk-' },
  google: { keysUrl: 'https://aistudio.google.com/apikey' },
  openrouter: { keysUrl: 'https://openrouter.ai/settings/keys', prefix: 'sk-or-' },
  deepseek: { keysUrl: 'https://platform.deepseek.com/api_keys', prefix: 'sk-' },
  groq: { keysUrl: 'https://console.groq.com/keys', prefix: 'gsk_' },
  mistral: { keysUrl: 'https://console.mistral.ai/api-keys' },
  xai: { keysUrl: 'https://console.x.ai', prefix: 'xai-' },
  ollama: { downloadUrl: 'https://ollama.com/download', address: '127.0.0.1:11434' },
  lmstudio: { downloadUrl: 'https://lmstudio.ai', address: '127.0.0.1:1234' },
};

const LOCAL: ReadonlySet<string> = new Set(['ollama', 'lmstudio']);

/** The answering machine of the gateway itself is no provider to connect. */
const BUILT_IN = 'built-in';

export function providerFacts(id: string): ProviderFacts {
  return Object.hasOwn(FACTS, id) ? (FACTS[id] ?? {}) : {};
}

export function modelReference(model: Pick<ModelRow, 'provider' | 'id'>): string {
  return `${model.provider}/${model.id}`;
}

export function isBuiltIn(model: ModelRow): boolean {
  return model.tags?.includes(BUILT_IN) ?? false;
}

function kindOf(id: string): ProviderKind {
  if (LOCAL.has(id)) return 'local';
  return Object.hasOwn(FACTS, id) ? 'cloud' : 'custom';
}

function stateOf(auth: ProviderAuth, kind: ProviderKind, models: readonly ModelRow[]): ProviderState {
  switch (auth.status) {
    case 'ok':
      return 'present';
    case 'missing':
      return 'missing';
    case 'expired':
      return 'refused';
    case 'error':
      return 'error';
    default:
      if (kind !== 'local') return 'keyless';
      return models.some((model) => model.tags?.includes('discovered')) ? 'found' : 'absent';
  }
}

/** Ready ones first, then those that need something done, then the others in the gateway's order. */
const RANK: Readonly<Record<ProviderState, number>> = {
  refused: 0,
  error: 0,
  present: 1,
  found: 1,
  keyless: 1,
  missing: 2,
  absent: 3,
};

export function providerCards(
  providers: readonly ProviderAuth[],
  models: readonly ModelRow[],
): ProviderCard[] {
  const cards = providers.map((auth): ProviderCard => {
    const own = models.filter((model) => model.provider === auth.provider && !isBuiltIn(model));
    const kind = kindOf(auth.provider);
    return {
      id: auth.provider,
      name: auth.displayName,
      kind,
      state: stateOf(auth, kind, own),
      models: sortModels(own),
      hasKey: auth.profiles.length > 0,
      isReady: own.some((model) => model.available !== false),
    };
  });
  return cards.sort((a, b) => RANK[a.state] - RANK[b.state]);
}

/** Those in use first, then by name; numbers in names count, so that 5 comes before 4.6. */
export function sortModels(models: readonly ModelRow[]): ModelRow[] {
  const isDefault = (model: ModelRow): number => (model.tags?.includes('default') ? 0 : 1);
  const collator = new Intl.Collator('en', { numeric: true });
  return [...models].sort((a, b) => isDefault(a) - isDefault(b) || collator.compare(b.name, a.name));
}

/** Every word must occur in the provider, the id or the name. */
export function matchesModel(model: ModelRow, query: string): boolean {
  const text = `${model.provider}/${model.id} ${model.name} ${model.alias ?? ''}`.toLocaleLowerCase();
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Whether asking it costs money by the token, as far as is known. */
export function isPriced(model: ModelRow): boolean {
  return model.cost !== undefined && (model.cost.input > 0 || model.cost.output > 0);
}

export type KeyProblem = 'empty' | 'spaces' | 'prefix' | 'long';

/** What is odd about a key that was pasted; `empty`, `spaces` and `long` keep it from being sent. */
export function keyProblem(provider: string, key: string): KeyProblem | undefined {
  const trimmed = key.trim();
  if (trimmed === '') return 'empty';
  if (/\s/.test(trimmed)) return 'spaces';
  if (trimmed.length > 4096) return 'long';
  const { prefix } = providerFacts(provider);
  return prefix !== undefined && !trimmed.startsWith(prefix) ? 'prefix' : undefined;
}

export function isBlocking(problem: KeyProblem | undefined): boolean {
  return problem === 'empty' || problem === 'spaces' || problem === 'long';
}

/** The same with the command line, for people who would rather not paste a key into a page. */
export function authCommand(provider: string): string {
  return `postern models auth ${provider}`;
}

/** Whether what is typed here travels unencrypted to another machine. */
export function travelsInClear(at: Pick<Location, 'protocol' | 'hostname'>): boolean {
  return at.protocol === 'http:' && !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(at.hostname);
}
