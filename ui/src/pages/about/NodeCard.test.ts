import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { gateway, type DesktopSettings, type HelloOk } from '$lib/gateway/index.svelte';
import NodeCard from './NodeCard.svelte';

type DesktopNode = NonNullable<DesktopSettings['node']>;

const off: DesktopNode = { enabled: false, capabilities: ['fs', 'system'], state: 'off' };
const settings = (node: DesktopNode): DesktopSettings => ({
  startAtLogin: false,
  keepRunning: true,
  quickSend: false,
  showIcon: true,
  node,
  version: '1.0.0',
  platform: 'linux',
});

const user = userEvent.setup();
let call: MockInstance<typeof gateway.call>;
const scopes = vi.fn(() => new Set(['operator.admin']));

beforeEach(() => {
  vi.spyOn(gateway, 'status', 'get').mockReturnValue({ kind: 'online', hello: {} as HelloOk });
  vi.spyOn(gateway, 'scopes', 'get').mockImplementation(scopes);
  call = vi.spyOn(gateway, 'call');
});

const on = (name: string): boolean =>
  screen.getByRole('switch', { name }).getAttribute('aria-checked') === 'true';

describe('the computer of the app as a node', () => {
  it('is asked for by name, with exactly what is switched on', async () => {
    const onchange = vi.fn();
    call.mockResolvedValue({ settings: settings({ ...off, enabled: true, state: 'connecting' }) });
    render(NodeCard, { node: off, onchange });
    expect([on('This computer is a node'), on('Commands'), on('Folders'), on('Camera')]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(screen.getByRole('status').textContent.trim()).toBe('');

    await user.click(screen.getByRole('switch', { name: 'This computer is a node' }));
    expect(call).toHaveBeenLastCalledWith('desktop.set', { node: { enabled: true } });
    await waitFor(() => expect(onchange).toHaveBeenCalledOnce());
    await user.click(screen.getByRole('switch', { name: 'Camera' }));
    expect(call).toHaveBeenLastCalledWith('desktop.set', {
      node: { capabilities: ['system', 'fs', 'camera'] },
    });
    await user.click(screen.getByRole('switch', { name: 'Commands' }));
    expect(call).toHaveBeenLastCalledWith('desktop.set', { node: { capabilities: ['fs'] } });
  });

  it('says how it is, and where it is decided', async () => {
    const onchange = vi.fn();
    const connected: DesktopNode = { ...off, enabled: true, state: 'connected', nodeId: 'n1' };
    call.mockResolvedValue({ attached: true, settings: settings(connected) });
    const { rerender } = render(NodeCard, {
      node: { ...off, enabled: true, state: 'waiting' },
      onchange,
      every: 5,
    });
    const status = screen.getByRole('status');
    expect(status.textContent).toContain('Waits for approval');
    expect(screen.getByRole('link').getAttribute('href')).toContain('devices');
    // Nobody announces it, so it is looked at.
    await waitFor(() => expect(onchange).toHaveBeenCalledWith(settings(connected)));
    await rerender({ node: connected });
    expect(status.textContent).toContain('Connected');
    await rerender({ node: { ...connected, state: 'failed', reason: 'no keychain' } });
    expect(status.textContent).toContain('no keychain');
  });

  it('is not for those who may only look', () => {
    scopes.mockReturnValueOnce(new Set(['operator.read'])).mockReturnValue(new Set(['operator.read']));
    render(NodeCard, { node: off, onchange: vi.fn() });
    for (const each of screen.getAllByRole('switch')) expect(each).toHaveProperty('disabled', true);
    scopes.mockReturnValue(new Set(['operator.admin']));
  });
});
