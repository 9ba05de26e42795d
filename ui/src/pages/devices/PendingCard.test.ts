import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { gateway, type HelloOk, type PairedDevice, type PairingRequest } from '$lib/gateway/index.svelte';
import type { PendingCard as Card } from './pending';
import PendingCard from './PendingCard.svelte';

const DEVICE = '0123456789abcdef'.repeat(4);
const request: PairingRequest = {
  requestId: 'r1',
  deviceId: DEVICE,
  publicKey: 'k1',
  displayName: 'Pixel',
  platform: 'android 14',
  clientId: 'openclaw-android',
  remoteIp: '192.168.1.20',
  role: 'operator',
  scopes: ['operator.read', 'operator.admin'],
  ts: Date.now(),
};

const known: PairedDevice = {
  deviceId: DEVICE,
  publicKey: 'k1',
  platform: 'ios',
  role: 'operator',
  roles: ['operator'],
  scopes: ['operator.read'],
  createdAtMs: 0,
  approvedAtMs: 0,
  approvedVia: 'operator',
  connected: false,
  tokens: [],
};

beforeEach(() => {
  vi.spyOn(gateway, 'status', 'get').mockReturnValue({ kind: 'online', hello: {} as HelloOk });
  vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.admin']));
});

const show = (card: Card, { before, armed = true }: { before?: PairedDevice; armed?: boolean } = {}) => {
  const decide = vi.fn(async () => undefined);
  render(PendingCard, { card, known: before, armed, decide, dismiss: vi.fn(), onend: vi.fn() });
  return decide;
};
const approve = (): HTMLButtonElement => screen.getByRole('button', { name: 'Approve Pixel' });

describe('a pairing request', () => {
  it('shows everything that is needed to decide', () => {
    show({ request });
    const text = screen.getByRole('article').textContent;
    for (const part of ['Pixel', 'android 14', 'Android app', '192.168.1.20', 'Administrator', 'Operator']) {
      expect(text).toContain(part);
    }
    expect(text.replace(/\s/g, '')).toContain(DEVICE);
  });

  it('tells what a known device would gain, and that its system changed', () => {
    show({ request }, { before: known });
    expect(screen.getByText('asks for more permissions')).toBeTruthy();
    expect(screen.getByText('Already has')).toBeTruthy();
    expect(screen.getByText(/said it runs ios; now it says android 14/)).toBeTruthy();
  });

  it('cannot be approved by who holds less, and says what is missing', async () => {
    vi.spyOn(gateway, 'scopes', 'get').mockReturnValue(new Set(['operator.pairing', 'operator.read']));
    const decide = show({ request });
    expect(approve().disabled).toBe(true);
    expect(screen.getByText(/lacks Administrator/)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Reject Pixel' }));
    expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), 'reject');
  });

  it('rests after cards moved', async () => {
    const decide = show({ request }, { armed: false });
    await userEvent.click(approve());
    expect(decide).not.toHaveBeenCalled();
  });

  it('says that it was replaced while it was read', () => {
    show({ request, notice: 'superseded' });
    expect(screen.getByRole('status').textContent).toContain('changed its request');
  });

  it('cannot be decided any more when it is over', () => {
    show({ request, notice: 'gone' });
    expect(screen.queryByRole('button', { name: /approve/i })).toBeNull();
    expect(screen.getByRole('button', { name: 'Dismiss' })).toBeTruthy();
  });
});
