import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { ApprovalCommand, ApprovalRequested } from '$lib/gateway/protocol.gen';
import ApprovalCard from './ApprovalCard.svelte';

const approval = (
  change: Partial<ApprovalCommand> = {},
  expiresAtMs = Date.now() + 60_000,
): ApprovalRequested => ({
  id: 'a1',
  approvalKind: 'exec',
  createdAtMs: Date.now(),
  expiresAtMs,
  request: {
    command: 'make release',
    cwd: '/srv/project',
    host: 'gateway',
    agentId: 'main',
    resolvedPath: '/usr/bin/make',
    allowedDecisions: ['allow-once', 'allow-always', 'deny'],
    ...change,
  } as ApprovalCommand,
});

const show = (of: ApprovalRequested, { armed = true, decide = vi.fn(async () => undefined) } = {}) => {
  render(ApprovalCard, { approval: of, sessionName: undefined, armed, decide });
  return decide;
};

describe('a command that waits', () => {
  it('is shown whole, whatever its length', () => {
    const command = `echo ${'x'.repeat(20_000)} && rm -rf /tmp/end`;
    show(approval({ command }));
    expect(document.querySelector('pre')?.textContent).toBe(command);
  });

  it('names characters that would deceive the reader', () => {
    show(approval({ command: 'rm \u202Egpj.x' }));
    expect(screen.getByText('RLO').title).toBe('U+202E');
    expect(screen.getByText(/reverse the order/)).toBeTruthy();
  });

  it('tells folder, program and machine', () => {
    show(approval());
    for (const text of ['/srv/project', '/usr/bin/make', 'the machine of the gateway']) {
      expect(screen.getByText(text)).toBeTruthy();
    }
  });

  it('offers always only where the gateway does, and says what it means', () => {
    const { unmount } = render(ApprovalCard, {
      approval: approval(),
      sessionName: undefined,
      armed: true,
      decide: async () => undefined,
    });
    expect(screen.getByRole('button', { name: /always allow/i })).toBeTruthy();
    expect(screen.getByText(/exactly this command without asking/)).toBeTruthy();
    unmount();
    show(approval({ allowedDecisions: ['allow-once', 'deny'] }));
    expect(screen.queryByRole('button', { name: /always allow/i })).toBeNull();
  });

  it('sends the decision of the button that was pressed', async () => {
    const decide = show(approval());
    await userEvent.click(screen.getByRole('button', { name: /^deny/i }));
    expect(decide).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'a1' }), 'deny');
  });

  it('rests after cards moved', async () => {
    const decide = show(approval(), { armed: false });
    for (const button of screen.getAllByRole('button', { name: /allow|deny/i }))
      await userEvent.click(button);
    expect(decide).not.toHaveBeenCalled();
  });

  it('cannot be allowed when its time is over', async () => {
    const decide = show(approval({}, Date.now() - 1_000));
    await userEvent.click(screen.getByRole('button', { name: /allow once/i }));
    expect(decide).not.toHaveBeenCalled();
    expect(screen.getByText(/time is over/i)).toBeTruthy();
  });

  it('shows why a decision failed', async () => {
    const decide = vi.fn(async () => {
      throw new Error('planHash is not that of this approval');
    });
    show(approval(), { decide });
    await userEvent.click(screen.getByRole('button', { name: /allow once/i }));
    expect((await screen.findByRole('alert')).textContent).toContain('PlanHash is not that of this approval');
  });
});
