// A text that arrives in pieces, some of which may have been missed.

/**
 * Collects the pieces of one text. After a lost connection it holds what is shown
 * until the gateway tells how far the text has come, and then goes on from there:
 * no piece is shown twice and none is left out.
 */
export class LiveText {
  text = '';
  /** Pieces that came since the beginning became uncertain; null while nothing is. */
  #since: string[] | null = null;

  /** Whether pieces may have been missed. */
  get isUncertain(): boolean {
    return this.#since !== null;
  }

  /** More of it. */
  push(more: string): void {
    if (this.#since === null) this.text += more;
    else this.#since.push(more);
  }

  /** All of it so far. */
  replace(whole: string): void {
    this.text = whole;
    this.#since = null;
  }

  /** From now on it is not known whether all pieces were heard. */
  doubt(): void {
    this.#since ??= [];
  }

  /**
   * The text as the gateway knew it at one moment since the doubt began. Pieces
   * that came meanwhile are in it or follow it.
   */
  settle(known: string): void {
    if (this.#since === null) {
      // Something whole was heard meanwhile; what is longer knows more.
      if (known.length > this.text.length && known.startsWith(this.text)) this.text = known;
      return;
    }
    const pieces = this.#since;
    let contained = pieces.length;
    while (contained > 0 && !known.endsWith(pieces.slice(0, contained).join(''))) contained -= 1;
    this.text = known + pieces.slice(contained).join('');
    this.#since = null;
  }

  /** Nothing more will come: what is shown stays. */
  freeze(): void {
    this.#since = null;
  }

  clear(): void {
    this.text = '';
    this.#since = null;
  }
}
