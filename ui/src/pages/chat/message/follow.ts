// Whether the view follows the end of the conversation. It does while its reader is there, stops
// when the reader goes up, and only the reader starts it again.

/** Nearer to the end than this counts as being there. */
export const NEAR_END = 48;
/** A scroll event this soon after a key, a wheel turn or a finger is the reader's doing. */
const INTENT_LASTS = 400;

export interface ScrollState {
  top: number;
  viewport: number;
  height: number;
}

export class Follow {
  #following = true;
  #intentAt = -Infinity;
  #pressed = false;
  #last: ScrollState | null = null;

  get following(): boolean {
    return this.#following;
  }

  /** A wheel turn, a key, a moving finger. Going up leaves the end at once, before it scrolls. */
  intent(direction: 'up' | 'down' | 'unknown', now: number, canScroll: boolean): void {
    this.#intentAt = now;
    if (direction === 'up' && canScroll) this.#following = false;
  }

  /** The scrollbar or a selection is being dragged. */
  press(pressed: boolean, now: number): void {
    this.#pressed = pressed;
    this.#intentAt = now;
  }

  scrolled(state: ScrollState, now: number): void {
    const distance = state.height - state.viewport - state.top;
    const isIntended = this.#pressed || now - this.#intentAt < INTENT_LASTS;
    const last = this.#last;
    this.#last = state;
    if (distance <= NEAR_END) {
      // On the way up through the last pixels the end is near too; that is not coming back.
      const goesUp = last !== null && state.top < last.top && last.height === state.height;
      if (!goesUp || !isIntended) this.#following = true;
      return;
    }
    // Find in page, a screen reader or focus moved it: growth takes the end away, never the place up.
    const isMoved = last !== null && state.top < last.top - 1;
    if (isIntended || isMoved) this.#following = false;
  }

  /** The reader asked for the end, or another conversation is shown. */
  restart(): void {
    this.#following = true;
    this.#last = null;
    this.#intentAt = -Infinity;
  }
}
