// The end of the log, followed: asks for what is new, keeps a bounded number of lines.

import { gateway, GatewayError } from '$lib/gateway/index.svelte';
import { readLine, type LogLine } from './line';

/** Lines that are kept; the oldest go first. */
export const MOST_LINES = 5_000;
const EVERY_MS = 1_000;

export class Tail {
  lines = $state.raw<readonly LogLine[]>([]);
  error = $state.raw<unknown>();
  file = $state('');
  /** Nothing was read yet. */
  isFirst = $state(true);
  isPaused = $state(false);
  /** Lines that came while it was paused. */
  held = $state.raw<readonly LogLine[]>([]);
  #cursor: number | undefined;
  #next = 0;
  #busy = false;

  /** Follows until the function that is returned is called. */
  follow(): () => void {
    const ask = (): void => {
      if (!document.hidden && gateway.status.kind === 'online') void this.read();
    };
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }

  read = async (): Promise<void> => {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const cursor = this.#cursor;
      const answer = await gateway.call(
        'logs.tail',
        cursor === undefined ? { limit: 1_000 } : { cursor, limit: 5_000 },
      );
      this.#cursor = answer.cursor;
      this.file = answer.file;
      this.error = undefined;
      this.#add(answer.lines);
    } catch (error) {
      // A break of the connection is told by the page as a whole.
      const isBreak =
        error instanceof GatewayError && ['CLOSED', 'DISCONNECTED', 'ABORTED'].includes(error.code);
      if (!isBreak) this.error = error;
    } finally {
      this.#busy = false;
      this.isFirst = false;
    }
  };

  resume(): void {
    this.isPaused = false;
    this.lines = [...this.lines, ...this.held].slice(-MOST_LINES);
    this.held = [];
  }

  #add(raw: readonly string[]): void {
    if (raw.length === 0) return;
    const fresh = raw.map((line) => readLine(line, this.#next++));
    if (this.isPaused) this.held = [...this.held, ...fresh].slice(-MOST_LINES);
    else this.lines = [...this.lines, ...fresh].slice(-MOST_LINES);
  }
}
