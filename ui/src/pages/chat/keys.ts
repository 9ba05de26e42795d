// Which key does what on the chat page.

export type Shortcut = 'stop' | 'focus' | 'search' | 'next' | 'previous' | 'fresh' | 'list' | 'help';

/** What a key means; undefined when it belongs to whoever has the focus. */
export function shortcut(event: KeyboardEvent): Shortcut | undefined {
  const { key, altKey, shiftKey } = event;
  if (event.isComposing || event.defaultPrevented) return undefined;
  const mod = event.ctrlKey || event.metaKey;
  if (isCovered()) return undefined;
  if (key === 'Escape' && !mod && !altKey && !shiftKey) return 'stop';
  if (mod && !altKey) return withMod(key.toLowerCase(), shiftKey);
  if (altKey && !mod && !shiftKey) {
    if (key === 'ArrowDown') return 'next';
    return key === 'ArrowUp' ? 'previous' : undefined;
  }
  if (mod || altKey || isTyping(event.target)) return undefined;
  if (key === '/') return 'focus';
  return key === '?' ? 'help' : undefined;
}

function withMod(key: string, shift: boolean): Shortcut | undefined {
  if (shift) return key === 'o' ? 'fresh' : undefined;
  if (key === 'k') return 'search';
  return key === 'b' ? 'list' : undefined;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Whether keys belong to something that lies over the page: a dialog, a menu, a picture. */
function isCovered(): boolean {
  return document.querySelector('dialog[open], [popover][data-open]') !== null;
}
