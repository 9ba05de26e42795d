import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { gateway, GatewayError } from '$lib/gateway/index.svelte';
import type { ApprovalRequested, NodePairRequested, PairingRequest } from '$lib/gateway/protocol.gen';
import ApprovalPrompt from './ApprovalPrompt.svelte';
import NodePrompt from './NodePrompt.svelte';
import PairingPrompt from './PairingPrompt.svelte';
import { pick } from './pick';

const DEVICE = 'ab'.repeat(32);
const request: PairingRequest = {
  requestId: 'request-1',
  deviceId: DEVICE,
  publicKey: 'key',
  displayName: 'Pixel',
  platform: 'android',
  remoteIp: '192.168.1.20',
  role: 'operator',
  scopes: ['operator.read', 'operator.write'],
  ts: Date.now(),
};

function approval(allowed: ApprovalRequested['request']['allowedDecisions']): ApprovalRequested {
  return {
    id: 'approval-1',
    approvalKind: 'exec',
    createdAtMs: Date.now(),
    expiresAtMs: Date.now() + 60_000,
    request: {
      command: 'rm -rf build && echo done',
      cwd: '/srv/project',
      host: 'gateway',
      agentId: 'main',
      allowedDecisions: allowed,
    } as ApprovalRequested['request'],
  };
}

const user = userEvent.setup();
let call: MockInstance;
const armed = true;
const onlater = (): void => undefined;

beforeEach(() => {
  call = vi.spyOn(gateway, 'call').mockResolvedValue({} as never);
});

describe('a pairing request in the corner', () => {
  it('shows who asks, from where and for what', () => {
    render(PairingPrompt, { request, changed: false, armed, onlater });
    expect(screen.getByText('Pixel')).toBeTruthy();
    expect(screen.getByText(/abab abab abab abab abab/)).toBeTruthy();
    expect(screen.getByText('192.168.1.20')).toBeTruthy();
    expect(screen.getByText('Chat')).toBeTruthy();
  });

  it('approves by the id and the device that were shown', async () => {
    render(PairingPrompt, { request, changed: false, armed, onlater });
    await user.click(screen.getByRole('button', { name: 'Approve' }));
    expect(call).toHaveBeenCalledExactlyOnceWith('device.pair.approve', {
      requestId: 'request-1',
      deviceId: DEVICE,
    });
  });

  it('rejects', async () => {
    render(PairingPrompt, { request, changed: false, armed, onlater });
    await user.click(screen.getByRole('button', { name: 'Reject' }));
    expect(call.mock.calls[0]?.[0]).toBe('device.pair.reject');
  });

  it('does nothing with a press that was meant for another card', async () => {
    render(PairingPrompt, { request, changed: false, armed: false, onlater });
    await user.click(screen.getByRole('button', { name: 'Approve' }));
    expect(call).not.toHaveBeenCalled();
  });

  it('says that it is another request than before, and what the gateway refused', async () => {
    call.mockRejectedValueOnce(new GatewayError({ code: 'INVALID_REQUEST', message: 'unknown requestId' }));
    render(PairingPrompt, { request, changed: true, armed, onlater });
    expect(screen.getByText(/This request changed/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Approve' }));
    expect((await screen.findByRole('alert')).textContent).toContain('Unknown requestId');
  });
});

describe('a node in the corner', () => {
  const node: NodePairRequested = {
    requestId: 'request-2',
    nodeId: DEVICE,
    displayName: 'Workshop',
    commands: ['system.notify', 'system.run'],
    requiredApproveScopes: ['operator.admin', 'operator.pairing'],
    ts: 1,
  };
  const show = (change: Partial<NodePairRequested> = {}): void => {
    render(NodePrompt, { request: { ...node, ...change }, changed: false, armed, onlater });
  };

  beforeEach(() => {
    vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.admin']));
  });

  it('says what agents could do, and is decided by the id and the node that were shown', async () => {
    show();
    expect(screen.getByText('system.run')).toBeTruthy();
    expect(screen.getByText(/runs programs on it/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Approve' }));
    expect(call).toHaveBeenCalledExactlyOnceWith('node.pair.approve', {
      requestId: 'request-2',
      nodeId: DEVICE,
    });
  });

  it.each([
    ['asks for more than before', { isRepair: true }],
    ['offers more than fits', { commands: Array.from({ length: 9 }, (_, n) => `canvas.c${n}`) }],
  ])('is read on the page when it %s', (_, change) => {
    show(change);
    expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
    expect(screen.getByRole('link', { name: 'Read it all' }).getAttribute('href')).toBe('#/devices');
    expect(screen.getByRole('button', { name: 'Reject' })).toBeTruthy();
  });

  it('is not approved by who holds too little', () => {
    vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.pairing']));
    show();
    expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
  });

  it('waits beside the others, and not on the page that lists it', () => {
    const waiting = { pairings: [request], nodes: [node], approvals: [] };
    expect(pick(waiting, 'chat', new Set()).map(({ id }) => id)).toEqual(['request-2', 'request-1']);
    expect(pick(waiting, 'devices', new Set())).toEqual([]);
  });
});

describe('a command in the corner', () => {
  it('is shown whole, and can always be allowed only where that is offered', () => {
    render(ApprovalPrompt, { approval: approval(['allow-once', 'deny']), armed, onlater });
    expect(screen.getByText('rm -rf build && echo done')).toBeTruthy();
    expect(screen.getByText('/srv/project')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Always allow' })).toBeNull();
  });

  it.each([
    ['Allow once', 'allow-once'],
    ['Always allow', 'allow-always'],
    ['Deny', 'deny'],
  ])('%s answers with %s', async (name, decision) => {
    render(ApprovalPrompt, { approval: approval(['allow-once', 'allow-always', 'deny']), armed, onlater });
    await user.click(screen.getByRole('button', { name }));
    expect(call).toHaveBeenCalledExactlyOnceWith('exec.approval.resolve', { id: 'approval-1', decision });
  });
});

describe('what cannot be seen', () => {
  const whole = approval(['allow-once', 'allow-always', 'deny']);
  const asking = (command: string, cwd = '/srv'): ApprovalRequested => ({
    ...whole,
    request: { ...whole.request, command, cwd },
  });
  const buttons = (): (string | null)[] => screen.getAllByRole('button').map((button) => button.textContent);

  it.each([
    ['of many lines', `${'echo ok\n'.repeat(60)}rm -rf ~`],
    ['of one long line', `echo ${'a'.repeat(500)}; rm -rf ~`],
  ])('a command %s is not allowed from here', (_, command) => {
    render(ApprovalPrompt, { approval: asking(command), armed, onlater });
    expect(buttons().join()).not.toContain('llow');
    expect(buttons().join()).toContain('Deny');
    expect(screen.getByRole('link', { name: 'Read it all' }).getAttribute('href')).toBe('#/approvals');
  });

  it('nor one that does not fit the screen', async () => {
    vi.spyOn(Element.prototype, 'scrollHeight', 'get').mockReturnValue(500);
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(300);
    render(ApprovalPrompt, { approval: asking('ls'), armed, onlater });
    expect(await screen.findByRole('link', { name: 'Read it all' })).toBeTruthy();
    expect(buttons().join()).not.toContain('llow');
  });

  it('nor is a device let in whose request does not fit', async () => {
    vi.spyOn(Element.prototype, 'scrollHeight', 'get').mockReturnValue(500);
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(300);
    render(PairingPrompt, { request, changed: false, armed, onlater });
    expect(await screen.findByRole('link', { name: 'Read it all' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
  });

  it('hidden characters of names and folders are named', () => {
    render(ApprovalPrompt, { approval: asking('ls', '/home/\u202Etxt.exe'), armed, onlater });
    expect(screen.getByText('/home/RLOtxt.exe')).toBeTruthy();
    render(PairingPrompt, {
      request: { ...request, displayName: 'Anna\u202Ephone' },
      changed: false,
      armed,
      onlater,
    });
    expect(screen.getByText('AnnaRLOphone')).toBeTruthy();
  });
});

describe('which requests are shown', () => {
  const later = new Set<string>();
  const one = approval(['deny']);
  const waiting = (approvals: ApprovalRequested[]) => ({ pairings: [request], nodes: [], approvals });

  it('the oldest first, whatever they are', () => {
    const early = { ...one, id: 'early', createdAtMs: 1 };
    expect(pick(waiting([one, early]), 'chat', later).map(({ id }) => id)[0]).toBe('early');
  });

  it('not on the page that lists them, and not when put off', () => {
    expect(pick(waiting([one]), 'devices', later).map(({ id }) => id)).toEqual(['approval-1']);
    expect(pick(waiting([one]), 'approvals', later).map(({ id }) => id)).toEqual(['request-1']);
    expect(pick(waiting([one]), 'chat', new Set(['request-1', 'approval-1']))).toEqual([]);
  });
});
