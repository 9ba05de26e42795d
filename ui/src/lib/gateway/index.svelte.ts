// The page's one connection to its gateway: calls, events, and the state to show.
import { t } from '$i18n';
import { Connection } from './connection.svelte';
import { GatewayError } from './error';
import type { DeviceTokenRotateResult, Events, Methods } from './protocol.gen';
import { instanceId } from './self';
import type { SetupCode } from './setup-code';
import type { LogEntry, Status } from './status';

export { GatewayError } from './error';
export type * from './protocol.gen';
export type { LogEntry, Status } from './status';

export interface CallOptions {
  /** From the call to the answer, waiting for a connection included. 30 s when not given. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const NO_SCOPES: ReadonlySet<string> = new Set<string>();

type Handler = (payload: never) => void;
const eventHandlers = new Map<string, Set<Handler>>();
const onlineHandlers = new Set<() => void | Promise<void>>();
const waiters = new Set<{ go(): void; fail(error: GatewayError): void }>();

function report(error: unknown): void {
  // A load that the gateway refused or the network cut is told where it is shown; anything else is a fault of ours.
  if (!(error instanceof GatewayError)) reportError(error);
}

function runOnline(handler: () => void | Promise<void>): void {
  try {
    Promise.resolve(handler()).catch(report);
  } catch (error) {
    report(error);
  }
}

const connection = new Connection({
  event(name, payload) {
    for (const handler of [...(eventHandlers.get(name) ?? [])]) {
      try {
        handler(payload as never);
      } catch (error) {
        report(error);
      }
    }
  },
  online() {
    for (const waiter of [...waiters]) waiter.go();
    for (const handler of [...onlineHandlers]) runOnline(handler);
  },
  refused() {
    for (const waiter of [...waiters]) waiter.fail(notConnected());
  },
});

const scopes = $derived.by(() => {
  const { status } = connection;
  return status.kind === 'online' ? new Set(status.hello.auth?.scopes) : NO_SCOPES;
});

/** Resolves when there is a connection; refuses at once where none will come without a person. */
function connected(signal: AbortSignal): Promise<void> {
  if (connection.link) return Promise.resolve();
  const { kind } = connection.status;
  if (kind === 'credentials' || kind === 'stopped') return Promise.reject(notConnected());
  return new Promise((resolve, reject) => {
    const done = (): void => {
      waiters.delete(waiter);
      signal.removeEventListener('abort', stop);
    };
    const waiter = {
      go(): void {
        done();
        resolve();
      },
      fail(error: GatewayError): void {
        done();
        reject(error);
      },
    };
    const stop = (): void => waiter.fail(signal.reason instanceof GatewayError ? signal.reason : aborted());
    waiters.add(waiter);
    signal.addEventListener('abort', stop);
  });
}

const notConnected = (): GatewayError => new GatewayError({ code: 'CLOSED', message: t.shell.notConnected });
const aborted = (): GatewayError => new GatewayError({ code: 'ABORTED', message: t.shell.callAborted });

/** One signal out of the caller's and the clock's. */
function limits(
  method: string,
  options: CallOptions,
): { signal: AbortSignal; sent(): void; release(): void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort(aborted());
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener('abort', stop);
  let late = notConnected;
  const timer = setTimeout(() => controller.abort(late()), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return {
    signal: controller.signal,
    sent() {
      late = () => new GatewayError({ code: 'TIMEOUT', message: t.shell.callTimeout(method) });
    },
    release() {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', stop);
    },
  };
}

async function call<M extends keyof Methods>(
  method: M,
  params: Methods[M]['params'],
  options: CallOptions = {},
): Promise<Methods[M]['result']> {
  const limit = limits(method, options);
  try {
    if (limit.signal.aborted) throw aborted();
    await connected(limit.signal);
    const link = connection.link;
    if (!link) throw notConnected();
    limit.sent();
    const result = (await link.request(method, params, limit.signal)) as Methods[M]['result'];
    if (method === 'device.token.rotate') await connection.keepRotated(result as DeviceTokenRotateResult);
    return result;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'CLOSED' && error.message !== t.shell.notConnected) {
      throw new GatewayError({ code: 'DISCONNECTED', message: t.shell.lostDuringCall });
    }
    throw error;
  } finally {
    limit.release();
  }
}

export const gateway = {
  /** How the connection stands; reactive. */
  get status(): Status {
    return connection.status;
  },
  /** What this page may do; empty while it is not connected. */
  get scopes(): ReadonlySet<string> {
    return scopes;
  },
  /** Whether this is the window of the desktop app. */
  get desktop(): boolean {
    return connection.desktop;
  },
  get serverVersion(): string {
    const { status } = connection;
    return status.kind === 'online' ? status.hello.server.version : '';
  },
  /** This browser as a device; in the desktop window the app's own. */
  get deviceId(): string | undefined {
    return connection.deviceId;
  },
  /** What happened to the connection, newest last, for a report of a fault. Holds no secret and no address. */
  get log(): readonly LogEntry[] {
    return connection.log;
  },
  /** Whether this browser was let in here before. */
  get known(): boolean {
    return connection.known;
  },
  /** Names this tab in presence entries. */
  instanceId,
  call,
  /** Listens to an event; the function returned stops. */
  on<E extends keyof Events>(event: E, handler: (payload: Events[E]) => void): () => void {
    const handlers = eventHandlers.get(event) ?? new Set<Handler>();
    eventHandlers.set(event, handlers.add(handler));
    return () => handlers.delete(handler);
  },
  /** Runs now if connected, after every connect, and when events were missed: the place to load what is shown. */
  onOnline(handler: () => void | Promise<void>): () => void {
    onlineHandlers.add(handler);
    if (connection.link) runOnline(handler);
    return () => onlineHandlers.delete(handler);
  },
  retryNow(): void {
    connection.retryNow();
  },
  signInWithToken(secret: string): void {
    connection.signInWithToken(secret);
  },
  /** Says at once what is wrong with the code itself; the gateway's answer comes as a status. */
  signInWithCode(setupCode: string): SetupCode['kind'] {
    return connection.signInWithCode(setupCode);
  },
  signOut(): Promise<void> {
    return connection.signOut();
  },
  /** Forgets the key of this browser and asks to pair as a new device. */
  newIdentity(): Promise<void> {
    return connection.newIdentity();
  },
  /** Connects; once, by main.ts. */
  start(): void {
    connection.start();
  },
};
