import { isArmed, NOTHING_SHOWN, rearm, type Arming } from './arming';

/** Whether decisions count now; false for a moment after cards moved. */
export class Armed {
  #arming: Arming = NOTHING_SHOWN;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ready = $state(true);

  /** Reactive, for the look of buttons. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Asked once more when a button is pressed: a timer may be late. */
  get counts(): boolean {
    return isArmed(this.#arming, performance.now());
  }

  /** Tells which cards are shown, in their order. */
  show(order: readonly string[]): void {
    const now = performance.now();
    const next = rearm(this.#arming, order, now);
    if (next === this.#arming) return;
    this.#arming = next;
    this.#ready = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#ready = true), Math.max(0, next.readyAt - now));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
