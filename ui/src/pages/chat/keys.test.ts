import { afterEach, expect, it } from 'vitest';
import { shortcut } from './keys';

function press(init: KeyboardEventInit, target: Element = document.body): string | undefined {
  let found: string | undefined;
  const listen = (event: Event): void => {
    found = shortcut(event as KeyboardEvent);
  };
  window.addEventListener('keydown', listen, { once: true });
  target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  return found;
}

afterEach(() => {
  document.body.replaceChildren();
});

it.each([
  [{ key: 'Escape' }, 'stop'],
  [{ key: '/' }, 'focus'],
  [{ key: '?' }, 'help'],
  [{ key: 'k', ctrlKey: true }, 'search'],
  [{ key: 'K', metaKey: true }, 'search'],
  [{ key: 'ArrowDown', altKey: true }, 'next'],
  [{ key: 'ArrowUp', altKey: true }, 'previous'],
  [{ key: 'O', ctrlKey: true, shiftKey: true }, 'fresh'],
  [{ key: 'b', ctrlKey: true }, 'list'],
  [{ key: 'k' }, undefined],
  [{ key: 'ArrowDown' }, undefined],
  [{ key: 'Escape', isComposing: true }, undefined],
])('%o means %s', (init, meaning) => {
  expect(press(init)).toBe(meaning);
});

it('leaves characters to fields, and keeps the other keys', () => {
  const field = document.body.appendChild(document.createElement('textarea'));
  expect(press({ key: '/' }, field)).toBeUndefined();
  expect(press({ key: '?' }, field)).toBeUndefined();
  expect(press({ key: 'Escape' }, field)).toBe('stop');
  expect(press({ key: 'k', ctrlKey: true }, field)).toBe('search');
});

it('leaves all keys to what lies over the page', () => {
  const dialog = document.body.appendChild(document.createElement('dialog'));
  dialog.setAttribute('open', '');
  expect(press({ key: 'Escape' })).toBeUndefined();
  expect(press({ key: 'k', ctrlKey: true })).toBeUndefined();
});
