// One socket from open to close: frames in and out, the calls that wait on it, and whether it is still alive. It
// decides nothing about trying again; the connection does.
import { GatewayError } from './error';
import type { ErrorShape } from './protocol.gen';

export interface LinkEvents {
  /** The gateway's nonce: now `connect` has to be sent. */
  challenge(nonce: string, ts: number): void;
  event(name: string, payload: unknown): void;
  /** Numbered events were missed. */
  gap(): void;
  /** Once, however it ended. */
  closed(code: number, reason: string): void;
}

interface Waiting {
  resolve(payload: unknown): void;
  reject(error: GatewayError): void;
}

type Frame =
  | { type: 'res'; id: string; ok: true; payload?: unknown }
  | { type: 'res'; id: string; ok: false; error: ErrorShape }
  | { type: 'event'; event: string; payload?: unknown; seq?: number };

/** Close code of this side for a peer that fell silent or never answered. */
export const SILENT = 4000;

function readFrame(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data) as Frame;
  } catch {
    return undefined;
  }
}

export class Link {
  readonly #socket: WebSocket;
  readonly #events: LinkEvents;
  readonly #waiting = new Map<string, Waiting>();
  #lastFrameAt: number;
  #lastSeq: number | undefined;
  #next = 1;
  #ended = false;

  constructor(url: string, events: LinkEvents, now: number) {
    this.#events = events;
    this.#lastFrameAt = now;
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
    // An error is always followed by close, which says as much: the browser tells pages no reasons.
    this.#socket.onerror = () => undefined;
  }

  /** Epoch milliseconds of the last sign of life. */
  get lastFrameAt(): number {
    return this.#lastFrameAt;
  }

  /** Sends a request and waits for its answer. The caller puts a limit on the time. */
  request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    const id = `${this.#next++}`;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new GatewayError({ code: 'CLOSED', message: 'the socket is not open' }));
        return;
      }
      const stop = (): void => {
        this.#waiting.delete(id);
        reject(signal?.reason instanceof GatewayError ? signal.reason : aborted());
      };
      const settled = (): void => signal?.removeEventListener('abort', stop);
      this.#waiting.set(id, {
        resolve: (payload) => {
          settled();
          resolve(payload);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      signal?.addEventListener('abort', stop);
      this.#socket.send(JSON.stringify({ type: 'req', id, method, params }));
    });
  }

  /** Ends it from this side, without waiting for a peer that may be gone. */
  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(code, reason);
    this.#end(code, reason);
  }

  #receive(data: unknown): void {
    this.#lastFrameAt = Date.now();
    const frame = readFrame(data);
    if (frame?.type === 'res') this.#answer(frame);
    if (frame?.type === 'event') this.#event(frame);
  }

  #answer(frame: Extract<Frame, { type: 'res' }>): void {
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if (frame.ok) waiting?.resolve(frame.payload);
    else waiting?.reject(new GatewayError(frame.error));
  }

  #event(frame: Extract<Frame, { type: 'event' }>): void {
    if (frame.event === 'connect.challenge') {
      const { nonce, ts } = (frame.payload ?? {}) as { nonce?: unknown; ts?: unknown };
      if (typeof nonce === 'string') this.#events.challenge(nonce, typeof ts === 'number' ? ts : Date.now());
      return;
    }
    this.#events.event(frame.event, frame.payload);
    if (frame.seq === undefined) return;
    const missed = this.#lastSeq !== undefined && frame.seq > this.#lastSeq + 1;
    this.#lastSeq = frame.seq;
    if (missed) this.#events.gap();
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost)
      reject(new GatewayError({ code: 'CLOSED', message: reason || 'connection lost' }));
    this.#events.closed(code, reason);
  }
}

function aborted(): GatewayError {
  return new GatewayError({ code: 'ABORTED', message: 'aborted' });
}
