import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { attention } from '$lib/attention.svelte';
import { gateway, GatewayError, type ApprovalRequested } from '$lib/gateway/index.svelte';
import { toasts } from '$lib/ui';
import { REST_MS } from './arming';
import Page from './Page.svelte';

const waiting = (id: string, command: string): ApprovalRequested => ({
  id,
  approvalKind: 'exec',
  createdAtMs: 0,
  expiresAtMs: Date.now() + 60_000,
  request: {
    command,
    agentId: id,
    allowedDecisions: ['allow-once', 'deny'],
    systemRunBinding: { planHash: `hash-${id}` },
  } as ApprovalRequested['request'],
});

let call: MockInstance<typeof gateway.call>;
let now = 0;

/** Past the rest that follows when cards appear. */
function later(): void {
  now += REST_MS;
}

beforeEach(() => {
  toasts.entries.forEach((entry) => toasts.close(entry.id));
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.approvals']));
  vi.spyOn(attention, 'approvals', 'get').mockReturnValue([waiting('one', 'ls'), waiting('two', 'rm -rf x')]);
  call = vi.spyOn(gateway, 'call').mockResolvedValue({ ok: true });
  render(Page);
});

const cards = (): HTMLElement[] => screen.getAllByRole('article');

describe('keys', () => {
  it('go from card to card without touching a button', async () => {
    await userEvent.keyboard('j');
    expect(document.activeElement).toBe(cards()[0]);
    await userEvent.keyboard('jj');
    expect(document.activeElement).toBe(cards()[1]);
    await userEvent.keyboard('k');
    expect(document.activeElement).toBe(cards()[0]);
  });

  it('never decide by themselves', async () => {
    later();
    await userEvent.keyboard('j');
    await userEvent.keyboard('ayd {Enter}');
    expect(call).not.toHaveBeenCalled();
  });
});

describe('a decision', () => {
  const press = async (name: RegExp): Promise<void> =>
    userEvent.click(screen.getAllByRole('button', { name })[0] ?? document.body);

  it('does not count before the card has been seen', async () => {
    await press(/allow once/i);
    expect(call).not.toHaveBeenCalled();
  });

  it('names the plan that was shown, and the focus goes to the next card', async () => {
    later();
    await waitFor(() =>
      expect(screen.getAllByRole('button', { name: /^deny/i })[0]?.ariaDisabled).not.toBe('true'),
    );
    await press(/^deny/i);
    expect(call).toHaveBeenCalledExactlyOnceWith('exec.approval.resolve', {
      id: 'one',
      decision: 'deny',
      planHash: 'hash-one',
    });
    await waitFor(() => expect(cards()).toHaveLength(1));
    expect(document.activeElement).toBe(cards()[0]);
  });

  it('that came too late is told and changes nothing', async () => {
    call.mockRejectedValue(
      new GatewayError({ code: 'INVALID_REQUEST', message: 'approval already resolved' }),
    );
    later();
    await waitFor(() =>
      expect(screen.getAllByRole('button', { name: /^deny/i })[0]?.ariaDisabled).not.toBe('true'),
    );
    await press(/allow once/i);
    await waitFor(() =>
      expect(toasts.entries.some((entry) => /changed nothing/.test(entry.text))).toBe(true),
    );
    expect(cards()).toHaveLength(1);
  });

  it('that failed leaves the card', async () => {
    call.mockRejectedValue(new GatewayError({ code: 'UNAVAILABLE', message: 'disk full' }));
    later();
    await waitFor(() =>
      expect(screen.getAllByRole('button', { name: /^deny/i })[0]?.ariaDisabled).not.toBe('true'),
    );
    await press(/allow once/i);
    expect((await screen.findByRole('alert')).textContent).toContain('Disk full');
    expect(cards()).toHaveLength(2);
  });
});
