import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { GatewayError } from '$lib/gateway/index.svelte';
import type { Rules, RulesFile, RulesSource } from './rules-draft';
import RulesDialog from './RulesDialog.svelte';

/** Keeps rules like a gateway or a node: with a hash that has to be named. */
class Keeper implements RulesSource {
  rules: Rules = { file: { version: 1 }, hash: 'h1' };
  readonly writes: [RulesFile, string][] = [];

  read = async (): Promise<Rules> => this.rules;

  write = async (file: RulesFile, baseHash: string): Promise<Rules> => {
    this.writes.push([file, baseHash]);
    if (baseHash !== this.rules.hash) {
      throw new GatewayError({
        code: 'UNAVAILABLE',
        message: 'exec approvals changed since last load; reload and retry',
      });
    }
    this.rules = { file, hash: `h${this.writes.length + 10}` };
    return this.rules;
  };
}

/** Machines that do much else are slow. */
const patient = { timeout: 8_000 };
const user = userEvent.setup();
const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });

async function edit(keeper: Keeper): Promise<void> {
  render(RulesDialog, { open: true, title: 'Rules', source: keeper });
  await user.type(await screen.findByLabelText('Add a program', {}, patient), '/usr/bin/rg');
  await user.click(button('Add'));
}

it('saves what was changed, with the hash of what was read', async () => {
  const keeper = new Keeper();
  await edit(keeper);
  await user.click(button('Save'));
  await vi.waitFor(() => expect(keeper.writes).toHaveLength(1), patient);
  expect(keeper.writes[0]).toEqual([
    { version: 1, agents: { '*': { allowlist: [{ pattern: '/usr/bin/rg' }] } } },
    'h1',
  ]);
});

it('saves nothing over what somebody else wrote, until that is wanted', async () => {
  const keeper = new Keeper();
  await edit(keeper);
  keeper.rules = { file: { version: 1, defaults: { security: 'deny' } }, hash: 'h2' };
  await user.click(button('Save'));
  expect((await screen.findByRole('alert', {}, patient)).textContent).toContain(
    'Somebody else changed these rules',
  );
  expect(keeper.rules.hash).toBe('h2');
  await user.click(button('Replace theirs with mine'));
  await vi.waitFor(() => expect(keeper.writes.at(-1)?.[1]).toBe('h2'), patient);
});

it('says when replacing theirs did not work', async () => {
  const keeper = new Keeper();
  await edit(keeper);
  keeper.rules = { file: { version: 1, defaults: { security: 'deny' } }, hash: 'h2' };
  await user.click(button('Save'));
  const replace = await screen.findByRole('button', { name: 'Replace theirs with mine' }, patient);
  keeper.write = () =>
    Promise.reject(new GatewayError({ code: 'UNAVAILABLE', message: 'node not connected' }));
  await user.click(replace);
  expect(await screen.findByText('The rules were not saved', {}, patient)).toBeTruthy();
});

it('shows what somebody else wrote', async () => {
  const keeper = new Keeper();
  await edit(keeper);
  keeper.rules = {
    file: { version: 1, agents: { main: { allowlist: [{ pattern: '/opt/x' }] } } },
    hash: 'h2',
  };
  await user.click(button('Save'));
  await user.click(await screen.findByRole('button', { name: 'Show theirs, drop mine' }, patient));
  expect(screen.getByText('/opt/x')).toBeTruthy();
  expect(screen.queryByText('/usr/bin/rg')).toBeNull();
  expect(button('Save').disabled).toBe(true);
});

it('takes no pattern that is no path', async () => {
  const keeper = new Keeper();
  render(RulesDialog, { open: true, title: 'Rules', source: keeper });
  await user.type(await screen.findByLabelText('Add a program', {}, patient), 'rg');
  await user.click(button('Add'));
  expect(screen.getByText('Write the whole path, such as /usr/bin/rg.')).toBeTruthy();
  expect(button('Save').disabled).toBe(true);
});
