// Runs before every test file: what jsdom lacks and the components ask for.
import 'fake-indexeddb/auto';

class QuietObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}

globalThis.ResizeObserver ??= QuietObserver;
globalThis.IntersectionObserver ??= class extends QuietObserver {
  root = null;
  rootMargin = '';
  scrollMargin = '';
  thresholds = [];
};
HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
  this.open = false;
};

function toggle(box: HTMLElement, open: boolean): void {
  const event = Object.assign(new Event('beforetoggle'), { newState: open ? 'open' : 'closed' });
  box.dispatchEvent(event);
  box.style.display = open ? 'block' : 'none';
}

HTMLElement.prototype.showPopover = function (this: HTMLElement) {
  toggle(this, true);
};
HTMLElement.prototype.hidePopover = function (this: HTMLElement) {
  toggle(this, false);
};
document.addEventListener('click', ({ target }) => {
  const trigger = target instanceof Element ? target.closest('[popovertarget]') : null;
  const box = trigger && document.getElementById(trigger.getAttribute('popovertarget') ?? '');
  if (box) toggle(box, !box.hasAttribute('data-open'));
});
Element.prototype.scrollIntoView ??= () => {};
globalThis.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => {},
    removeEventListener: () => {},
    addListener: () => {},
    removeListener: () => {},
    dispatchEvent: () => true,
  }) satisfies MediaQueryList;
