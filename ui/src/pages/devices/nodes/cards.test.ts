import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import {
  gateway,
  GatewayError,
  type HelloOk,
  type NodePairRequested,
  type NodeRow,
  type PairedNode,
} from '$lib/gateway/index.svelte';
import NodeDetails from './NodeDetails.svelte';
import RequestCard from './RequestCard.svelte';
import TryCommand from './TryCommand.svelte';

const request: NodePairRequested = {
  requestId: 'r1',
  nodeId: '0123456789abcdef'.repeat(4),
  displayName: 'Workshop',
  platform: 'linux',
  clientId: 'node-host',
  remoteIp: '192.0.2.7',
  caps: ['system'],
  commands: ['system.notify', 'system.run'],
  permissions: { 'screen.record': false },
  requiredApproveScopes: ['operator.admin', 'operator.write', 'operator.pairing'],
  ts: Date.now(),
};
const approved: PairedNode = {
  nodeId: request.nodeId,
  caps: ['system'],
  commands: ['system.notify', 'system.which'],
  createdAtMs: 0,
  approvedAtMs: 0,
};
const node: NodeRow = {
  nodeId: request.nodeId,
  displayName: 'Workshop',
  caps: ['system'],
  commands: ['system.notify', 'system.run'],
  paired: true,
  connected: true,
  approvalState: 'approved',
};

const user = userEvent.setup();
let call: MockInstance<typeof gateway.call>;

beforeEach(() => {
  vi.spyOn(gateway, 'status', 'get').mockReturnValue({ kind: 'online', hello: {} as HelloOk });
  vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.admin']));
  call = vi.spyOn(gateway, 'call');
});

describe('a node that asks', () => {
  const show = (before?: PairedNode, armed = true) => {
    const decide = vi.fn(async () => undefined);
    render(RequestCard, {
      card: { request },
      approved: before,
      label: undefined,
      armed,
      decide,
      dismiss: vi.fn(),
    });
    return decide;
  };

  it('shows everything that is needed to decide', async () => {
    const decide = show();
    const text = screen.getByRole('article').textContent;
    for (const part of [
      'Workshop',
      'linux',
      '192.0.2.7',
      'Run commands',
      'system.run',
      'runs programs on it',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('Approving needs: Administrator');
    expect(text).toMatch(/screen\.record\s+not granted/);
    await user.click(screen.getByRole('button', { name: 'Approve Workshop' }));
    expect(decide).toHaveBeenCalledExactlyOnceWith({ request }, 'approve');
  });

  it('tells what is new apart from what works on', () => {
    show(approved);
    expect(screen.getByText('asks for more')).toBeTruthy();
    const [added, kept, dropped] = ['New', 'Approved already', 'Not offered any more'].map(
      (title) => screen.getByText(title).closest('section')?.textContent ?? '',
    );
    expect([added?.includes('system.run'), added?.includes('system.notify')]).toEqual([true, false]);
    expect(kept).toContain('system.notify');
    expect(dropped).toContain('system.which');
  });

  it('cannot be approved by who could not invoke it', () => {
    vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.pairing', 'operator.write']));
    show();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Approve Workshop' }).disabled).toBe(true);
    expect(screen.getByText(/lacks Administrator/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Reject Workshop' }).disabled).toBe(false);
  });
});

describe('a node that is looked at', () => {
  const show = (change: Partial<NodeRow> = {}, surface?: PairedNode) =>
    render(NodeDetails, { node: { ...node, ...change }, approved: surface, onrules: vi.fn() });

  it('says what is approved and held back', () => {
    show({ commands: ['system.notify'] }, { ...approved, commands: ['system.notify', 'sms.send'] });
    const held = screen.getByText('Approved, but held back').closest('section');
    expect(held?.textContent).toContain('sms.send');
    expect(held?.textContent).toContain('gateway.nodes.commands.allow');
  });

  it('is not called usable while it is away', () => {
    show({ connected: false, commands: [] }, approved);
    expect(screen.getByText('Agents cannot use it until it connects.')).toBeTruthy();
    expect(screen.getByText('What agents may do with it when it is back')).toBeTruthy();
    expect(screen.getByText('system.which')).toBeTruthy();
  });

  it('shows figures only when it told some', () => {
    show();
    expect(screen.queryByText('Machine')).toBeNull();
    show({
      hostStats: { cpuCount: 4, loadAverage: [1.5, 1, 0.5], memoryTotalBytes: 8e9, memoryFreeBytes: 2e9 },
    });
    expect(screen.getByText('1.5 on 4 processors')).toBeTruthy();
    expect(screen.getByText('6 GB of 8 GB used')).toBeTruthy();
  });
});

describe('trying a command', () => {
  const run = (): Promise<void> => user.click(screen.getByRole('button', { name: 'Run it' }));

  it('sends what was typed and shows the answer', async () => {
    call.mockResolvedValue({
      ok: true,
      nodeId: 'n',
      command: 'c',
      payload: { shown: true },
      payloadJSON: null,
    });
    render(TryCommand, { node });
    await user.type(screen.getByLabelText('Parameters'), '{{"title":"Hi"}');
    await run();
    expect(call.mock.calls[0]?.slice(0, 2)).toEqual([
      'node.invoke',
      {
        nodeId: node.nodeId,
        command: 'system.notify',
        timeoutMs: 15_000,
        idempotencyKey: expect.any(String),
        params: { title: 'Hi' },
      },
    ]);
    expect(screen.getByText(/"shown": true/)).toBeTruthy();
  });

  it('says in plain words why it did not work', async () => {
    call.mockRejectedValue(
      new GatewayError({
        code: 'UNAVAILABLE',
        message: 'node invoke timed out',
        details: { nodeError: { code: 'TIMEOUT' } },
      }),
    );
    render(TryCommand, { node });
    await run();
    expect(screen.getByText('TIMEOUT')).toBeTruthy();
    expect(screen.getByText(/did not answer in time/)).toBeTruthy();
  });

  it('asks for a JSON object, and runs nothing without one', async () => {
    render(TryCommand, { node });
    await user.type(screen.getByLabelText('Parameters'), '[[1]');
    expect(screen.getByText(/Parameters are a JSON object/)).toBeTruthy();
    await run();
    expect(call).not.toHaveBeenCalled();
  });
});
