// A box in the top layer that belongs to a button: menus, lists, details. The browser closes it on Escape and on a
// press beside it, gives the focus back, and lifts it above dialogs and everything that clips.
import { keepPlaced, type Wish } from './place';

export interface PopupHooks {
  /** At once. */
  toggled?(open: boolean): void;
  /** When it lies where it belongs: the time to move the focus. */
  shown?(): void;
}

export class Popup {
  readonly id: string;
  readonly #wish: () => Wish;
  readonly #hooks: PopupHooks;
  #box: HTMLElement | undefined;
  #release: (() => void) | undefined;
  #open = $state(false);

  constructor(id: string, wish: () => Wish, hooks: PopupHooks) {
    this.id = id;
    this.#wish = wish;
    this.#hooks = hooks;
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

  /** What can be chosen in it now, by the class of an entry. */
  entries(name: string): HTMLElement[] {
    return [...(this.#box?.querySelectorAll<HTMLElement>(`.${name}:not(:disabled)`) ?? [])];
  }

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
    this.#hooks.toggled?.(open);
    if (!open || !box || !anchor) return;
    // It has no size before it is shown.
    requestAnimationFrame(() => {
      if (!this.#open) return;
      this.#release = keepPlaced(anchor, box, this.#wish());
      this.#hooks.shown?.();
    });
  }
}
