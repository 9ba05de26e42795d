// A choice that holds only after somebody confirmed it; until then, or when they think better of it, what was holds.

export class Choice<T> {
  wanted = $state.raw<T>();
  #asking = $state(false);

  /** For the dialog that asks. */
  get open(): boolean {
    return this.#asking;
  }

  set open(open: boolean) {
    this.#asking = open;
    if (!open) this.wanted = undefined;
  }

  readonly ask = (wanted: T): void => {
    this.wanted = wanted;
    this.#asking = true;
  };
}
