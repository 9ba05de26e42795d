// Keeps the page connected, and says truthfully how that stands.
import { t } from '$i18n';
import { heardTime, now } from '$lib/clock';
import { stored } from '$lib/stored';
import { backoff } from './backoff';
import { askDesktop, wasDesktop } from './desktop';
import { GatewayError } from './error';
import { choose, connectParams, type Choice } from './handshake';
import { loadIdentity, type Identity } from './identity';
import { Link, SILENT } from './link';
import type { DeviceTokenRotateResult, HelloOk, Shutdown, Tick } from './protocol.gen';
import { forgetSecret, heldSecret, keepSecret, takeSecretFromAddress } from './secret';
import { readSetupCode, type SetupCode } from './setup-code';
import { instanceId } from './self';
import type { LogEntry, Status } from './status';
import { forgetIdentity, forgetToken, keepToken, storedToken } from './vault';
import { verdict, type Verdict } from './verdict';

const HANDSHAKE_MS = 15_000;
const PAIRING_RETRY_MS = 3_000;
const WATCH_EVERY_MS = 5_000;
const GAP_SETTLES_MS = 200;
const LOG_LENGTH = 200;
/** Says only that this browser was let in before, so that its page need not begin with an empty screen. */
const KNOWN = 'postern.known';

/** Told by the connection; the dispatcher hands it to whoever listens. */
export interface Listener {
  event(name: string, payload: unknown): void;
  online(): void;
  /** No connection will come until a person does something. */
  refused(): void;
}

/** The socket is on the page's own origin, always: an address from elsewhere is never connected to. */
function socketUrl(): string {
  const url = new URL(import.meta.env.DEV && !import.meta.env.VITEST ? '/ws' : '.', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  url.search = '';
  return url.href;
}

function farAway(): boolean {
  return !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
}

/** What is shown during a try: what was shown before, as far as it is still true. */
function whileTrying(status: Status): Status {
  switch (status.kind) {
    case 'reconnecting':
      return { ...status, nextTryAt: now() };
    case 'credentials':
    case 'stopped':
      return { ...status, busy: true };
    case 'pairing':
      return status;
    case 'connecting':
    case 'online':
      return { kind: 'connecting' };
  }
}

export class Connection {
  #shown = $state.raw<Status>({ kind: 'connecting' });
  readonly #log: LogEntry[] = [];
  #desktop = $state(false);
  #deviceId = $state<string>();
  #link: Link | undefined;
  /** Grows with every try; what belongs to an older one is ignored. */
  #round = 0;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #tickMs = 30_000;
  #identity: Identity | undefined;
  #bootstrapToken: string | undefined;
  #secretIsFresh = false;
  #shutdown: Shutdown | undefined;
  #firstRequest: string | undefined;
  readonly #stopped = new AbortController();
  readonly #listener: Listener;
  readonly #pairingRetryMs: number;

  constructor(listener: Listener, rhythm = { pairingRetryMs: PAIRING_RETRY_MS }) {
    this.#listener = listener;
    this.#pairingRetryMs = rhythm.pairingRetryMs;
  }

  get status(): Status {
    return this.#shown;
  }

  get log(): readonly LogEntry[] {
    return this.#log;
  }

  get desktop(): boolean {
    return this.#desktop;
  }

  get deviceId(): string | undefined {
    return this.#deviceId;
  }

  get known(): boolean {
    return stored.get(KNOWN) !== undefined;
  }

  get link(): Link | undefined {
    return this.#status.kind === 'online' ? this.#link : undefined;
  }

  get #status(): Status {
    return this.#shown;
  }

  set #status(next: Status) {
    const before = this.#shown;
    this.#shown = next;
    const detail = 'reason' in next ? next.reason : 'code' in next ? next.code : undefined;
    if (before.kind !== next.kind || next.kind === 'reconnecting') this.#note(next.kind, detail);
  }

  start(): void {
    this.#takeFromAddress();
    const { signal } = this.#stopped;
    addEventListener('online', () => this.#wake(), { signal });
    const seen = (): void => {
      if (!document.hidden) this.#wake();
    };
    document.addEventListener('visibilitychange', seen, { signal });
    // A page that is put aside and taken out again comes back with a dead socket and stopped timers.
    const shown = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) this.#wake();
    };
    addEventListener('pageshow', shown, { signal });
    // A dashboard link that is pasted where the page is open already changes only the fragment.
    addEventListener('hashchange', () => this.#takeFromAddress(), { signal });
    // The desktop app has put a new cookie into its window.
    addEventListener('postern:attached', () => this.retryNow(), { signal });
    this.#watch ??= setInterval(() => this.#checkAlive(), WATCH_EVERY_MS);
    this.#try();
  }

  /** Lets go of everything; for good. */
  stop(): void {
    this.#stopped.abort();
    clearInterval(this.#watch);
    this.#drop('stopped');
  }

  retryNow(): void {
    this.#firstRequest = undefined;
    this.#try();
  }

  signInWithToken(secret: string): void {
    keepSecret(secret.trim());
    this.#secretIsFresh = true;
    this.#attempt = 0;
    this.retryNow();
  }

  signInWithCode(text: string): SetupCode['kind'] {
    const code = readSetupCode(text, now());
    if (code.kind === 'ok') {
      this.#bootstrapToken = code.bootstrapToken;
      this.#attempt = 0;
      this.retryNow();
    }
    return code.kind;
  }

  async signOut(): Promise<void> {
    this.#drop('signed out');
    forgetSecret();
    this.#bootstrapToken = undefined;
    stored.set(KNOWN);
    await forgetToken();
    this.#needPerson({ kind: 'credentials', code: 'SIGNED_OUT', message: '' });
  }

  async newIdentity(): Promise<void> {
    this.#drop('new identity');
    this.#identity = undefined;
    await forgetIdentity();
    this.retryNow();
  }

  #takeFromAddress(): void {
    const secret = takeSecretFromAddress();
    // Whoever is in needs none, and it must not lie about.
    if (secret === undefined || this.#status.kind === 'online') return;
    const first = this.#round === 0;
    if (first) keepSecret(secret);
    else this.signInWithToken(secret);
  }

  #note(kind: string, detail?: string): void {
    this.#log.push(detail === undefined ? { ts: Date.now(), kind } : { ts: Date.now(), kind, detail });
    if (this.#log.length > LOG_LENGTH) this.#log.shift();
  }

  /** A new token for this very device comes with the answer, once: it has to be kept, and shown to nobody. */
  async keepRotated(result: DeviceTokenRotateResult): Promise<void> {
    const { token } = result;
    if (token === undefined || result.deviceId !== this.#identity?.deviceId || result.role !== 'operator')
      return;
    await keepToken({ token, scopes: result.scopes });
    delete result.token;
  }

  /** Ends the current try or connection and makes everything it may still report stale. */
  #drop(reason: string): void {
    this.#round += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#gapTimer);
    this.#link?.close(1000, reason);
    this.#link = undefined;
  }

  #try(): void {
    this.#drop('next try');
    const round = this.#round;
    this.#status = whileTrying(this.#status);
    const limit = new AbortController();
    this.#timer = setTimeout(() => {
      limit.abort();
      this.#failed(round, t.shell.unreachable);
    }, HANDSHAKE_MS);
    this.#connect(round, limit.signal).catch((error: unknown) => this.#broken(round, error));
  }

  async #connect(round: number, signal: AbortSignal): Promise<void> {
    const answer = await askDesktop(signal);
    if (round !== this.#round) return;
    if (answer === undefined) return this.#failed(round, t.shell.unreachable);
    if (!answer && (this.#desktop || wasDesktop())) {
      this.#desktop = true;
      return this.#failed(round, t.shell.desktopReconnecting);
    }
    this.#desktop = answer;
    if (!answer) this.#identity ??= await loadIdentity();
    const choice = choose({
      desktop: answer,
      bootstrapToken: this.#bootstrapToken,
      secret: heldSecret(),
      secretIsFresh: this.#secretIsFresh,
      token: answer ? undefined : await storedToken(),
    });
    if (round !== this.#round) return;
    this.#deviceId = answer ? this.#deviceId : this.#identity?.deviceId;
    this.#open(round, choice, signal);
  }

  #open(round: number, choice: Choice, signal: AbortSignal): void {
    const mine = (act: () => void): void => {
      if (round === this.#round) act();
    };
    const link = new Link(
      socketUrl(),
      {
        challenge: (nonce, ts) => {
          mine(() => {
            heardTime(ts);
            this.#shake(round, link, choice, { nonce, ts }, signal).catch((error: unknown) => {
              this.#refused(round, error, choice);
            });
          });
        },
        event: (name, payload) => mine(() => this.#event(name, payload)),
        gap: () => mine(() => this.#gap()),
        closed: (code, reason) => mine(() => this.#closed(round, code, reason)),
      },
      Date.now(),
    );
    this.#link = link;
  }

  async #shake(
    round: number,
    link: Link,
    choice: Choice,
    challenge: { nonce: string; ts: number },
    signal: AbortSignal,
  ): Promise<void> {
    const params = await connectParams(
      choice,
      choice.sent === 'desktop' ? undefined : this.#identity,
      challenge,
    );
    const hello = (await link.request('connect', params, signal)) as HelloOk;
    if (round !== this.#round) return;
    await this.#keepIssued(hello, choice);
    if (round !== this.#round) return;
    clearTimeout(this.#timer);
    this.#attempt = 0;
    this.#shutdown = undefined;
    this.#firstRequest = undefined;
    this.#tickMs = hello.policy.tickIntervalMs;
    if (choice.sent === 'desktop') {
      this.#deviceId = hello.snapshot.presence.find((entry) => entry.instanceId === instanceId)?.deviceId;
    }
    stored.set(KNOWN, 'yes');
    this.#status = { kind: 'online', hello };
    this.#listener.online();
  }

  /** The token issued to this browser takes the place of whatever it signed in with. */
  async #keepIssued(hello: HelloOk, choice: Choice): Promise<void> {
    this.#bootstrapToken = undefined;
    this.#secretIsFresh = false;
    const auth = hello.auth;
    if (choice.sent === 'desktop' || auth?.deviceToken === undefined) return;
    await keepToken({ token: auth.deviceToken, scopes: auth.scopes });
    forgetSecret();
  }

  #event(name: string, payload: unknown): void {
    if (name === 'shutdown') this.#shutdown = payload as Shutdown;
    if (name === 'tick') heardTime((payload as Tick).ts);
    this.#listener.event(name, payload);
  }

  #gap(): void {
    this.#note('gap');
    clearTimeout(this.#gapTimer);
    this.#gapTimer = setTimeout(() => {
      if (this.#status.kind === 'online') this.#listener.online();
    }, GAP_SETTLES_MS);
  }

  #closed(round: number, code: number, reason: string): void {
    this.#note('closed', `${code} ${reason}`.trim());
    const restarting = this.#shutdown !== undefined || code === 1012 || code === 1013;
    if (restarting) return this.#failed(round, t.shell.restarting, this.#shutdown?.restartExpectedMs);
    if (code === SILENT) return this.#failed(round, t.shell.silent);
    const opened = code !== 1006 || this.#status.kind === 'online';
    const words = opened ? t.shell.closed : t.shell.unreachable;
    this.#failed(round, reason && opened ? `${words} (${reason})` : words);
  }

  #refused(round: number, error: unknown, choice: Choice): void {
    if (round !== this.#round) return;
    if (!(error instanceof GatewayError)) return this.#broken(round, error);
    // The socket went away in the middle: not a refusal.
    if (error.code === 'CLOSED' || error.code === 'ABORTED') return;
    this.#drop('refused');
    if (choice.sent === 'setup-code') this.#bootstrapToken = undefined;
    this.#secretIsFresh = false;
    this.#obey(verdict(error, choice.sent), error, choice);
  }

  #obey(what: Verdict, error: GatewayError, choice: Choice): void {
    switch (what.kind) {
      case 'retry': {
        const reason = choice.sent === 'desktop' ? t.shell.desktopReconnecting : t.shell.restarting;
        return this.#failed(this.#round, reason, what.afterMs);
      }
      case 'drop-token':
        this.#dropToken(choice, error).catch((caught: unknown) => this.#broken(this.#round, caught));
        return;
      case 'pairing':
        return this.#waitForApproval(what.requestId, what.reason);
      case 'credentials': {
        if (choice.sent === 'secret' && what.code !== 'AUTH_RATE_LIMITED') forgetSecret();
        const retryAt = what.afterMs === undefined ? {} : { retryAt: now() + what.afterMs };
        return this.#needPerson({ kind: 'credentials', code: what.code, message: error.message, ...retryAt });
      }
      case 'stopped':
        this.#needPerson({ kind: 'stopped', code: what.code, message: error.message });
    }
  }

  /** Another tab may have been given a new token meanwhile; that one is kept, and tried. */
  async #dropToken(choice: Choice, error: GatewayError): Promise<void> {
    const round = this.#round;
    const gone = await forgetToken(choice.signedToken);
    if (round !== this.#round) return;
    if (!gone || heldSecret()) this.#try();
    else this.#needPerson({ kind: 'credentials', code: error.detailCode, message: error.message });
  }

  /**
   * Asks again until somebody approved. When the request is another one, the first was rejected or ran out: then it
   * is for the person here to ask again, or an approver would be asked for ever.
   */
  #waitForApproval(requestId: string, reason: string): void {
    this.#firstRequest ??= requestId;
    const deviceId = this.#identity?.deviceId ?? '';
    const over = requestId !== this.#firstRequest;
    this.#status = { kind: 'pairing', requestId, deviceId, hint: over ? 'over' : reason };
    if (!over) this.#timer = setTimeout(() => this.#try(), this.#pairingRetryMs);
  }

  #failed(round: number, reason: string, afterMs?: number): void {
    if (round !== this.#round) return;
    this.#drop('failed');
    if (this.#status.kind === 'pairing' && this.#status.hint === 'over') return;
    this.#attempt += 1;
    const wait = Math.max(backoff(this.#attempt, Math.random()), afterMs ?? 0);
    const words = !navigator.onLine && farAway() ? t.shell.offline : reason;
    if (this.#status.kind !== 'pairing') {
      this.#status = {
        kind: 'reconnecting',
        nextTryAt: now() + wait,
        attempt: this.#attempt,
        reason: words,
      };
    }
    this.#timer = setTimeout(() => this.#try(), wait);
  }

  /** Something here failed that no gateway said: storage that is refused, mostly. */
  #broken(round: number, error: unknown): void {
    if (round !== this.#round) return;
    this.#drop('broken');
    const message = error instanceof Error ? error.message : String(error);
    this.#needPerson({ kind: 'stopped', code: 'STORAGE', message });
  }

  #needPerson(status: Extract<Status, { kind: 'credentials' | 'stopped' }>): void {
    this.#status = status;
    this.#listener.refused();
  }

  #wake(): void {
    if (this.#status.kind === 'reconnecting' && !document.hidden) this.#try();
    else this.#checkAlive();
  }

  /** Also right after sleep: the clock has jumped, and the socket only looks open. */
  #checkAlive(): void {
    const link = this.#link;
    if (this.#status.kind !== 'online' || !link) return;
    if (Date.now() - link.lastFrameAt > this.#tickMs * 2) link.close(SILENT, 'tick timeout');
  }
}
