import { render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { gateway } from '$lib/gateway/index.svelte';
import List from './List.svelte';

const AGENTS = {
  defaultId: 'main',
  mainKey: 'main',
  scope: 'per-sender',
  agents: [
    { id: 'main', identity: { name: 'Assistant', avatar: 'A' } },
    { id: 'ada', name: 'Ada', identity: { name: 'Ada', emoji: '🦊' }, model: { primary: 'openai/gpt-5' } },
  ],
};

let answers: (() => Promise<unknown>)[];

beforeEach(() => {
  answers = [];
  vi.spyOn(gateway, 'call').mockImplementation((() => {
    const answer = answers.shift();
    return answer ? answer() : Promise.reject(new Error('not expected'));
  }) as typeof gateway.call);
  vi.spyOn(gateway, 'onOnline').mockImplementation((handler) => {
    void handler();
    return () => true;
  });
});

function allow(...scopes: string[]): void {
  vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(scopes));
}

describe('the list of agents', () => {
  it('shows each with its model, and which one is the default', async () => {
    allow('operator.read', 'operator.admin');
    answers.push(() => Promise.resolve(AGENTS));
    render(List);
    const ada = await screen.findByRole('link', { name: /Ada/ });
    expect(ada.getAttribute('href')).toBe('#/agents/ada');
    expect(ada.textContent).toContain('openai/gpt-5');
    expect(screen.getByRole('link', { name: /Assistant/ }).textContent).toContain('Default');
    expect(screen.getByRole('button', { name: 'New agent' })).toBeTruthy();
  });

  it('says which right is missing instead of offering what would be refused', async () => {
    allow('operator.read');
    answers.push(() => Promise.resolve(AGENTS));
    render(List);
    await screen.findByText('operator.admin');
    expect(screen.queryByRole('button', { name: 'New agent' })).toBeNull();
  });

  it('tells what went wrong and tries again', async () => {
    allow('operator.read');
    answers.push(
      () => Promise.reject(new Error('missing scope: operator.read')),
      () => Promise.resolve(AGENTS),
    );
    render(List);
    await screen.findByText('Missing scope: operator.read');
    screen.getByRole('button', { name: 'Try again' }).click();
    await screen.findByRole('link', { name: /Ada/ });
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
