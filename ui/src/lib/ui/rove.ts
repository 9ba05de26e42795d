// Arrow keys, Home, End and the first letters through the entries of a menu or a list.
import type { Popup } from './popup.svelte';

const PAUSE_MS = 700;

/** Keys of a button that opens a list of entries, and of the list. */
export function listKeys(
  popup: Popup,
  entries: () => HTMLElement[],
): Record<'opener' | 'list', (event: KeyboardEvent) => void> {
  const rove = rover(entries);
  return {
    opener(event) {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
      event.preventDefault();
      popup.show();
    },
    list(event) {
      if (event.key === 'Tab') popup.hide();
      else rove(event);
    },
  };
}

/** Returns the handler for `keydown` of the box. Entries are looked up anew each time. */
function rover(entries: () => HTMLElement[]): (event: KeyboardEvent) => void {
  let typed = '';
  let at = 0;
  const move = (to: number): void => {
    const list = entries();
    list.at(((to % list.length) + list.length) % list.length)?.focus();
  };
  const find = (letter: string, now: number): void => {
    typed = now - at > PAUSE_MS ? letter : typed + letter;
    at = now;
    const list = entries();
    const current = list.indexOf(document.activeElement as HTMLElement);
    // The same letter again goes on to the next one.
    const from = typed.length === 1 ? current + 1 : Math.max(0, current);
    const ordered = [...list.slice(from), ...list.slice(0, from)];
    ordered.find((entry) => (entry.textContent ?? '').trim().toLowerCase().startsWith(typed))?.focus();
  };
  return (event) => {
    const current = entries().indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowDown') move(current + 1);
    else if (event.key === 'ArrowUp') move(current < 0 ? -1 : current - 1);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(-1);
    else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey)
      find(event.key.toLowerCase(), event.timeStamp);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
