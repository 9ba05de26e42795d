import { describe, expect, it } from 'vitest';
import type { ModelRow, ProviderAuth } from '$lib/gateway/protocol.gen';
import {
  authCommand,
  isBlocking,
  isPriced,
  keyProblem,
  matchesModel,
  modelReference,
  providerCards,
  providerFacts,
  sortModels,
  travelsInClear,
} from './providers';

function auth(provider: string, status: ProviderAuth['status'], keys = 0): ProviderAuth {
  const profile = { profileId: `${provider}:default`, type: 'api_key', status };
  return {
    provider,
    displayName: provider.toUpperCase(),
    status,
    profiles: Array.from({ length: keys }, () => profile),
  };
}

function model(provider: string, id: string, extra: Partial<ModelRow> = {}): ModelRow {
  return { provider, id, name: id, ...extra };
}

describe('providerCards', () => {
  it('gives every state of a key its word', () => {
    const cards = providerCards(
      [
        auth('openai', 'missing'),
        auth('anthropic', 'ok', 1),
        auth('xai', 'expired', 1),
        auth('groq', 'error'),
        auth('ollama', 'static'),
        auth('lmstudio', 'static'),
        auth('desk', 'static'),
      ],
      [model('ollama', 'llama3.2', { tags: ['discovered'], available: true })],
    );
    const states = Object.fromEntries(cards.map((card) => [card.id, card.state]));
    expect(states).toEqual({
      openai: 'missing',
      anthropic: 'present',
      xai: 'refused',
      groq: 'error',
      ollama: 'found',
      lmstudio: 'absent',
      desk: 'keyless',
    });
  });

  it('puts what needs attention first, then what works', () => {
    const cards = providerCards(
      [
        auth('lmstudio', 'static'),
        auth('openai', 'missing'),
        auth('anthropic', 'ok', 1),
        auth('xai', 'expired', 1),
      ],
      [],
    );
    expect(cards.map((card) => card.id)).toEqual(['xai', 'anthropic', 'openai', 'lmstudio']);
  });

  it('knows whose keys can be removed and who can be asked', () => {
    const [card] = providerCards(
      [auth('anthropic', 'ok', 1)],
      [model('anthropic', 'a', { available: true })],
    );
    expect(card).toMatchObject({ hasKey: true, isReady: true, kind: 'cloud' });
    const [without] = providerCards(
      [auth('anthropic', 'missing')],
      [model('anthropic', 'a', { available: false })],
    );
    expect(without).toMatchObject({ hasKey: false, isReady: false });
  });

  it('leaves the built-in assistant and the models of others out', () => {
    const [card] = providerCards(
      [auth('x', 'static')],
      [model('x', 'a', { tags: ['built-in'] }), model('y', 'b')],
    );
    expect(card?.models).toEqual([]);
  });
});

describe('models', () => {
  it('sorts the default first and newer before older', () => {
    const rows = [
      model('p', 'm 4.6'),
      model('p', 'm 5'),
      model('p', 'm 10'),
      model('p', 'a', { tags: ['default'] }),
    ];
    expect(sortModels(rows).map((row) => row.id)).toEqual(['a', 'm 10', 'm 5', 'm 4.6']);
  });

  it('finds by every word, wherever it stands', () => {
    const row = model('anthropic', 'claude-sonnet-5', { name: 'Claude Sonnet 5' });
    expect(matchesModel(row, '')).toBe(true);
    expect(matchesModel(row, 'Sonnet anthropic')).toBe(true);
    expect(matchesModel(row, 'sonnet openai')).toBe(false);
    expect(modelReference(row)).toBe('anthropic/claude-sonnet-5');
  });

  it('has a price only when one is known and not nothing', () => {
    const cost = (input: number, output: number) =>
      model('p', 'm', { cost: { input, output, cacheRead: 0, cacheWrite: 0 } });
    expect([model('p', 'm'), cost(0, 0), cost(3, 15), cost(0, 1)].map(isPriced)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe('keyProblem', () => {
  it.each([
    ['anthropic', '  ', 'empty', true],
    ['anthropic', 'sk-ant-a b', 'spaces', true],
    ['anthropic', `sk-ant-${'x'.repeat(5000)}`, 'long', true],
    ['anthropic', 'sk-proj-123', 'prefix', false],
    ['anthropic', ' sk-ant-123\n', undefined, false],
    ['desk', 'anything', undefined, false],
    ['constructor', 'anything', undefined, false],
  ])('%s %j is %s', (provider, key, problem, blocks) => {
    expect(keyProblem(provider, key)).toBe(problem);
    expect(isBlocking(keyProblem(provider, key))).toBe(blocks);
  });

  it('names the command and knows nothing of strangers', () => {
    expect(authCommand('xai')).toBe('postern models auth xai');
    expect(providerFacts('toString')).toEqual({});
  });
});

describe('travelsInClear', () => {
  it.each([
    ['https:', 'gateway.lan', false],
    ['http:', '127.0.0.1', false],
    ['http:', 'localhost', false],
    ['http:', '[::1]', false],
    ['http:', '192.168.1.2', true],
    ['http:', '127.0.0.1.example.org', true],
  ])('%s//%s', (protocol, hostname, clear) => {
    expect(travelsInClear({ protocol, hostname })).toBe(clear);
  });
});
