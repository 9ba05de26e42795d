// Runs before every test file: all texts, and what jsdom lacks and the components ask for.
import { loadTexts } from '$i18n';
import 'fake-indexeddb/auto';

class QuietObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}

function toggle(box: HTMLElement, open: boolean): void {
  const event = Object.assign(new Event('beforetoggle'), { newState: open ? 'open' : 'closed' });
  box.dispatchEvent(event);
  box.style.display = open ? 'block' : 'none';
}

/** Dialogs and popovers, as far as opening and closing goes. */
function addTopLayer(): void {
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
    this.open = false;
  };
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
}

function addObservers(): void {
  globalThis.ResizeObserver ??= QuietObserver;
  globalThis.IntersectionObserver ??= class extends QuietObserver {
    root = null;
    rootMargin = '';
    scrollMargin = '';
    thresholds = [];
  };
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
}

// Tests of the build scripts run without a page.
if (typeof document !== 'undefined') {
  addTopLayer();
  addObservers();
}
await loadTexts();
