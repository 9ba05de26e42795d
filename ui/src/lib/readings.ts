/**
 * Readings of a list that events keep up to date. The gateway may make up an answer, tell an event, and then send
 * the answer: events that come while a list is read are newer than the list.
 */
export class Readings {
  readonly #open = new Set<(() => void)[]>();
  #begun = 0;
  #taken = 0;

  /** An event: what it changes is changed once more in what is being read. The caller changes what is known. */
  note(change: () => void): void {
    for (const meanwhile of this.#open) meanwhile.push(change);
  }

  /** Reads, and takes the answer unless a later one was taken already. */
  async read<T>(ask: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    const meanwhile: (() => void)[] = [];
    const mine = (this.#begun += 1);
    this.#open.add(meanwhile);
    try {
      const answer = await ask();
      if (mine < this.#taken) return;
      this.#taken = mine;
      take(answer);
      for (const change of meanwhile) change();
    } finally {
      this.#open.delete(meanwhile);
    }
  }
}
