import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toBase64Url } from './bytes';
import { Connection } from './connection.svelte';
import { forgetSecret, heldSecret } from './secret';
import { forgetIdentity, keepToken, storedToken } from './vault';

const SECRET = 'planted-secret-77aa';
/** A number that no other timer has. */
const RETRY_MS = 13;
const NONCE = '00000000-0000-4000-8000-000000000001';

interface Sent {
  id: string;
  method: string;
  params: Record<string, unknown> & { auth?: Record<string, string>; device?: Record<string, unknown> };
}

/** A gateway's side of a socket, driven by the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readonly readyState = 1;
  readonly sent: Sent[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  closed: number | undefined;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(code: number): void {
    this.closed = code;
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  challenge(): void {
    this.say({ type: 'event', event: 'connect.challenge', payload: { nonce: NONCE, ts: 1767225600000 } });
  }
}

const hello = (auth: object = {}): object => ({
  type: 'hello-ok',
  protocol: 4,
  server: { version: '1.0.0', connId: 'c' },
  snapshot: { presence: [] },
  auth: { role: 'operator', scopes: ['operator.read'], ...auth },
  policy: { tickIntervalMs: 30_000 },
});

const listener = { event: vi.fn(), online: vi.fn(), refused: vi.fn() };
let connection: Connection;
let desktop = 401;

async function socket(count = 1): Promise<FakeSocket> {
  await vi.waitFor(() => expect(FakeSocket.all).toHaveLength(count), {
    timeout: 4_000,
  });
  const found = FakeSocket.all[count - 1];
  if (!found) throw new Error('no socket');
  return found;
}

async function connectFrame(link: FakeSocket): Promise<Sent> {
  link.challenge();
  await vi.waitFor(() => expect(link.sent).toHaveLength(1));
  const [frame] = link.sent;
  if (!frame) throw new Error('nothing was sent');
  return frame;
}

async function accept(link: FakeSocket, auth: object = {}): Promise<Sent> {
  const frame = await connectFrame(link);
  link.say({ type: 'res', id: frame.id, ok: true, payload: hello(auth) });
  await vi.waitFor(() => expect(connection.status.kind).toBe('online'));
  return frame;
}

async function refuse(link: FakeSocket, error: object): Promise<Sent> {
  const frame = await connectFrame(link);
  link.say({ type: 'res', id: frame.id, ok: false, error });
  await vi.waitFor(() => expect(link.closed).toBeDefined());
  return frame;
}

const mismatch = (code: string): object => ({ code: 'INVALID_REQUEST', message: 'no', details: { code } });

beforeEach(async () => {
  FakeSocket.all = [];
  desktop = 401;
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(JSON.stringify({ desktop: true }), { status: desktop })),
  );
  vi.clearAllMocks();
  sessionStorage.clear();
  localStorage.clear();
  await forgetIdentity();
  connection = new Connection(listener, { pairingRetryMs: RETRY_MS });
});

afterEach(() => {
  connection.stop();
  forgetSecret();
});

describe('signing in', () => {
  it('asks for the secret, takes it, and keeps only the token that was issued', async () => {
    connection.start();
    await refuse(await socket(), mismatch('AUTH_TOKEN_MISSING'));
    expect(connection.status).toMatchObject({ kind: 'credentials', code: 'AUTH_TOKEN_MISSING' });
    expect(listener.refused).toHaveBeenCalled();

    connection.signInWithToken(SECRET);
    const frame = await accept(await socket(2), { deviceToken: 'issued' });
    expect(frame.params.auth).toEqual({ token: SECRET, password: SECRET });
    expect(frame.params.device).toMatchObject({ nonce: NONCE, signedAt: 1767225600000 });
    expect(heldSecret()).toBeUndefined();
    expect(await storedToken()).toEqual({ token: 'issued', scopes: ['operator.read'] });
    const kept = [JSON.stringify({ ...localStorage, ...sessionStorage }), location.href].join();
    expect(kept).not.toContain(SECRET);
    expect(JSON.stringify(connection.log)).not.toContain(SECRET);
  });

  it('comes back with its own token and asks for no more than was granted', async () => {
    await keepToken({ token: 'issued', scopes: ['operator.read'] });
    connection.start();
    const frame = await accept(await socket());
    expect(frame.params.auth).toEqual({ deviceToken: 'issued' });
    expect(frame.params['scopes']).toEqual(['operator.read']);
  });

  it('forgets a token that was revoked', async () => {
    await keepToken({ token: 'revoked', scopes: [] });
    connection.start();
    await refuse(await socket(), mismatch('AUTH_DEVICE_TOKEN_MISMATCH'));
    await vi.waitFor(() => expect(connection.status.kind).toBe('credentials'));
    expect(await storedToken()).toBeUndefined();
  });

  it('forgets a secret that was wrong', async () => {
    connection.signInWithToken(SECRET);
    await refuse(await socket(), mismatch('AUTH_TOKEN_MISMATCH'));
    expect(connection.status).toMatchObject({ kind: 'credentials', code: 'AUTH_TOKEN_MISMATCH' });
    expect(heldSecret()).toBeUndefined();
  });

  it('tries the token that another tab has put in place of the refused one', async () => {
    await keepToken({ token: 'old', scopes: [] });
    connection.start();
    const link = await socket();
    await connectFrame(link);
    await keepToken({ token: 'new', scopes: [] });
    link.say({ type: 'res', id: '1', ok: false, error: mismatch('AUTH_DEVICE_TOKEN_MISMATCH') });
    const frame = await accept(await socket(2));
    expect(frame.params.auth).toEqual({ deviceToken: 'new' });
  });

  it('takes a dashboard link that is pasted into the open page', async () => {
    connection.start();
    await refuse(await socket(), mismatch('AUTH_TOKEN_MISSING'));
    location.hash = `#token=${SECRET}`;
    const frame = await accept(await socket(2));
    expect(frame.params.auth?.['token']).toBe(SECRET);
    expect(location.href).not.toContain(SECRET);
  });

  it('uses a setup code once', async () => {
    const code = toBase64Url(new TextEncoder().encode(JSON.stringify({ bootstrapToken: 'boot' })));
    expect(connection.signInWithCode(code)).toBe('ok');
    const frame = await refuse(await socket(), mismatch('AUTH_BOOTSTRAP_TOKEN_INVALID'));
    expect(frame.params.auth).toEqual({ bootstrapToken: 'boot' });
    connection.retryNow();
    expect((await refuse(await socket(2), mismatch('AUTH_TOKEN_MISSING'))).params.auth).toBeUndefined();
  });

  it('only ever talks to the origin of the page', async () => {
    history.replaceState(null, '', '/?gatewayUrl=ws://evil.example#gatewayUrl=ws://evil.example');
    connection.start();
    expect(new URL((await socket()).url).host).toBe(location.host);
    expect((await socket()).url).not.toContain('evil');
    history.replaceState(null, '', '/');
  });
});

describe('the window of the desktop app', () => {
  it('connects without device or secret', async () => {
    desktop = 200;
    connection.start();
    const frame = await accept(await socket(), { deviceToken: 'never kept' });
    expect(frame.params.auth).toBeUndefined();
    expect(frame.params.device).toBeUndefined();
    expect(connection.desktop).toBe(true);
    expect(await storedToken()).toBeUndefined();
  });

  it('waits for a new cookie instead of pairing as a browser', async () => {
    desktop = 200;
    connection.start();
    const link = await socket();
    await accept(link);
    desktop = 401;
    link.onclose?.({ code: 1012, reason: 'service restart' });
    connection.retryNow();
    await vi.waitFor(() => expect(connection.status.kind).toBe('reconnecting'));
    expect(FakeSocket.all).toHaveLength(1);
    desktop = 200;
    dispatchEvent(new Event('postern:attached'));
    await accept(await socket(2));
  });
});

describe('pairing', () => {
  const required = (requestId: string): object => ({
    code: 'NOT_PAIRED',
    message: 'pairing required',
    details: { code: 'PAIRING_REQUIRED', requestId, reason: 'not-paired' },
  });

  it('shows the request, asks again by itself, and stops when it became another', async () => {
    const timer = vi.spyOn(globalThis, 'setTimeout');
    const retries = (): number => timer.mock.calls.filter(([, ms]) => ms === RETRY_MS).length;
    connection.signInWithToken(SECRET);
    await refuse(await socket(), required('one'));
    expect(connection.status).toMatchObject({ kind: 'pairing', requestId: 'one', hint: 'not-paired' });
    await refuse(await socket(2), required('one'));
    expect(retries()).toBe(2);
    await refuse(await socket(3), required('two'));
    expect(connection.status).toMatchObject({ kind: 'pairing', hint: 'over' });
    expect(retries()).toBe(2);

    connection.retryNow();
    await refuse(await socket(4), required('two'));
    expect(connection.status).toMatchObject({ kind: 'pairing', requestId: 'two', hint: 'not-paired' });
  });
});

describe('a lost connection', () => {
  it('says so, with the time of the next try, and comes back', async () => {
    await keepToken({ token: 'issued', scopes: [] });
    connection.start();
    const link = await socket();
    await accept(link);
    link.say({ type: 'event', event: 'shutdown', payload: { reason: 'restart' } });
    link.onclose?.({ code: 1012, reason: 'service restart' });
    expect(connection.status).toMatchObject({ kind: 'reconnecting', attempt: 1 });
    expect(connection.status.kind === 'reconnecting' && connection.status.reason).toContain('restarting');
    await accept(await socket(2));
    expect(listener.online).toHaveBeenCalledTimes(2);
  });

  it('fails what was on its way', async () => {
    await keepToken({ token: 'issued', scopes: [] });
    connection.start();
    const link = await socket();
    await accept(link);
    const answer = connection.link?.request('status', {});
    link.onclose?.({ code: 1006, reason: '' });
    await expect(answer).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('is noticed when the gateway falls silent', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    try {
      await keepToken({ token: 'issued', scopes: [] });
      connection.start();
      await accept(await socket());
      vi.setSystemTime(Date.now() + 61_000);
      document.dispatchEvent(new Event('visibilitychange'));
      expect(connection.status).toMatchObject({ kind: 'reconnecting' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('loads everything again after missed events', async () => {
    await keepToken({ token: 'issued', scopes: [] });
    connection.start();
    const link = await socket();
    await accept(link);
    link.say({ type: 'event', event: 'tick', payload: {}, seq: 1 });
    link.say({ type: 'event', event: 'tick', payload: {}, seq: 2 });
    link.say({ type: 'event', event: 'tick', payload: {}, seq: 5 });
    await vi.waitFor(() => expect(listener.online).toHaveBeenCalledTimes(2));
  });
});
