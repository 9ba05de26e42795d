// Makes a `dialog` element modal for as long as it is there: focus goes in, stays in, and comes back afterwards.
import type { Attachment } from 'svelte/attachments';

const FIELDS = 'input:not([type=hidden], :disabled), textarea:not(:disabled), [role=combobox]:not(:disabled)';

/** A field to fill in comes first; the button that closes it is not what people came for. */
function focusFirst(dialog: HTMLDialogElement): void {
  const wanted =
    dialog.querySelector<HTMLElement>('[autofocus]') ??
    dialog.querySelector<HTMLElement>('[data-first-focus]')?.querySelector<HTMLElement>(FIELDS) ??
    dialog;
  wanted.focus({ preventScroll: true });
}

/** `leave` is asked for by Escape and by a press beside the dialog; it decides whether to close. */
export function modal(leave: () => void): Attachment<HTMLDialogElement> {
  return (dialog) => {
    const before = document.activeElement;
    // A press that began inside, marking text for example, and ends outside does not close it.
    let pressedOutside = false;
    const down = (event: PointerEvent): void => {
      pressedOutside = event.target === dialog;
    };
    const click = (event: MouseEvent): void => {
      if (pressedOutside && event.target === dialog) leave();
    };
    const cancel = (event: Event): void => {
      if (event.target !== dialog) return;
      event.preventDefault();
      leave();
    };
    // Browsers close on the second Escape even if the first was refused.
    const key = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // A menu that is open in the dialog takes it first.
      if (dialog.querySelector('[popover][data-open]')) return;
      event.preventDefault();
      event.stopPropagation();
      leave();
    };
    dialog.addEventListener('pointerdown', down);
    dialog.addEventListener('click', click);
    dialog.addEventListener('cancel', cancel);
    dialog.addEventListener('keydown', key);
    dialog.showModal();
    focusFirst(dialog);
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  };
}
