/**
 * Something that a page reads from the gateway: the last answer stays on the
 * screen while it is read again, and of two readings the later one counts.
 */
export class Fetched<T> {
  /** The last answer; absent until there is one. */
  value = $state.raw<T | undefined>();
  /** Why the last reading failed; absent when it did not. */
  error = $state.raw<unknown>();
  busy = $state(false);
  #turn = 0;
  readonly #read: () => Promise<T>;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Neither an answer nor a failure yet: time for a skeleton. */
  get isFirst(): boolean {
    return this.value === undefined && this.error === undefined;
  }

  refresh = async (): Promise<void> => {
    this.#turn += 1;
    const turn = this.#turn;
    this.busy = true;
    try {
      const value = await this.#read();
      if (turn === this.#turn) [this.value, this.error] = [value, undefined];
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  };

  /** Puts in what an event told, and outruns a reading that is under way. */
  set(value: T): void {
    this.#turn += 1;
    [this.value, this.error, this.busy] = [value, undefined, false];
  }
}

/** Calls `run` once after a burst of events, at most every `pauseMs`. */
export function gathered(run: () => void, pauseMs: number): { (): void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const call = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      run();
    }, pauseMs);
  };
  call.stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return call;
}
