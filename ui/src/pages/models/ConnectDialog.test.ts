import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { gateway } from '$lib/gateway/index.svelte';
import { Catalogue } from './catalogue.svelte';
import ConnectDialog from './ConnectDialog.svelte';
import type { ProviderCard } from './providers';

const KEY = 'sk-ant-planted-0123456789';
const CARD: ProviderCard = {
  id: 'anthropic',
  name: 'Anthropic',
  kind: 'cloud',
  state: 'missing',
  models: [],
  hasKey: false,
  isReady: false,
};

const calls: [string, unknown][] = [];
let answer: () => Promise<unknown>;

beforeEach(() => {
  calls.length = 0;
  vi.spyOn(gateway, 'call').mockImplementation(((method: string, params: unknown) => {
    calls.push([method, params]);
    if (method === 'models.authLogin') return answer();
    return Promise.resolve({ providers: [], models: [], agents: [], defaultId: 'main' });
  }) as typeof gateway.call);
});

async function open(): Promise<{ catalogue: Catalogue; input: HTMLInputElement; send: () => Promise<void> }> {
  const catalogue = new Catalogue();
  render(ConnectDialog, { open: true, card: CARD, catalogue });
  const input = await screen.findByLabelText<HTMLInputElement>('Key');
  const send = async () => {
    await userEvent.click(screen.getByRole('button', { name: 'Connect', hidden: true }));
  };
  return { catalogue, input, send };
}

function everywhere(): string {
  const values = [...document.querySelectorAll('input')].map((input) => input.value);
  const kept = [localStorage, sessionStorage].map((storage) => JSON.stringify({ ...storage }));
  return [document.body.innerHTML, location.href, ...values, ...kept].join('\n');
}

describe('ConnectDialog', () => {
  it('sends a key once and forgets it before the answer comes', async () => {
    let finish: (value: unknown) => void = () => undefined;
    answer = () => new Promise((resolve) => (finish = resolve));
    const { catalogue, input, send } = await open();
    expect([input.type, input.autocomplete]).toEqual(['password', 'off']);
    await userEvent.type(input, `  ${KEY} `);
    await send();
    expect(calls.filter(([method]) => method === 'models.authLogin')).toEqual([
      ['models.authLogin', { provider: 'anthropic', apiKey: KEY, probe: true }],
    ]);
    await waitFor(() => expect(everywhere()).not.toContain(KEY));
    finish({
      ok: true,
      provider: 'anthropic',
      storedIn: 'keychain',
      probe: { provider: 'anthropic', status: 'ok', latencyMs: 340, results: [] },
    });
    await screen.findByText('The key is kept in the OS keychain.');
    expect(catalogue.probes['anthropic']?.result.latencyMs).toBe(340);
    expect(everywhere()).not.toContain(KEY);
  });

  it('shows why the gateway refused, without the key', async () => {
    answer = () => Promise.reject(new Error('the key was not changed: the keychain is locked'));
    const { input, send } = await open();
    await userEvent.type(input, KEY);
    await send();
    await screen.findByText('The key was not changed: the keychain is locked');
    expect(everywhere()).not.toContain(KEY);
  });

  it('sends nothing that cannot be a key', async () => {
    const { input, send } = await open();
    await send();
    await screen.findByText('Paste the key.');
    await userEvent.type(input, 'two words');
    await send();
    await screen.findByText('A key has no spaces. Copy it again, whole.');
    expect(calls).toEqual([]);
  });
});
