// A box in the top layer that belongs to a button: menus, lists, details. The browser closes it on Escape and on a
// press beside it, gives the focus back, and lifts it above dialogs and everything that clips.
import { keepPlaced, type Wish } from './place';

export class Popup {
  readonly id: string;
  readonly #wish: () => Wish;
  readonly #changed: (open: boolean) => void;
  #box: HTMLElement | undefined;
  #release: (() => void) | undefined;
  #open = $state(false);

  constructor(id: string, wish: () => Wish, changed: (open: boolean) => void) {
    this.id = id;
    this.#wish = wish;
    this.#changed = changed;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Props of the button. The browser then knows that it belongs to the box, and a second press closes it. */
  trigger(kind: 'menu' | 'listbox' | 'dialog'): Record<string, unknown> {
    return {
      id: `${this.id}-trigger`,
      popovertarget: this.id,
      'aria-haspopup': kind,
      'aria-expanded': this.#open,
      'aria-controls': this.#open ? this.id : undefined,
      'data-state': this.#open ? 'open' : 'closed',
    };
  }

  /** Attachment of the box. */
  readonly attach = (box: HTMLElement): (() => void) => {
    this.#box = box;
    const before = (event: Event): void => this.#toggled((event as ToggleEvent).newState === 'open');
    box.addEventListener('beforetoggle', before);
    return () => {
      box.removeEventListener('beforetoggle', before);
      this.#release?.();
      this.#box = undefined;
    };
  };

  show(): void {
    if (!this.#open) this.#box?.showPopover();
  }

  hide(): void {
    if (this.#open) this.#box?.hidePopover();
  }

  #toggled(open: boolean): void {
    const box = this.#box;
    const anchor = document.getElementById(`${this.id}-trigger`);
    // Before the entries go, or the focus would go with them.
    if (!open && box?.contains(document.activeElement)) anchor?.focus();
    this.#open = open;
    // Tells a dialog around it that Escape is not for the dialog now.
    box?.toggleAttribute('data-open', open);
    this.#release?.();
    this.#release = undefined;
    // It has no size before it is shown.
    if (open && box && anchor) {
      requestAnimationFrame(() => {
        if (this.#open) this.#release = keepPlaced(anchor, box, this.#wish());
        this.#changed(this.#open);
      });
    } else {
      this.#changed(open);
    }
  }
}
