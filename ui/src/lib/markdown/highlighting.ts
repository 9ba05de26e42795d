// Colours finished code when the browser is idle. The highlighter itself is a chunk of its own.

import { whenIdle } from './idle';
import { sanitizeHighlight } from './sanitize';

/** Colouring more than this would hold up the page for longer than it helps a reader. */
const MAX_LENGTH = 40_000;
const CACHE_SIZE = 200;

/** What was coloured before: scrolling back must not cost it again. */
const cache = new Map<string, string>();

export async function highlightCode(frame: HTMLElement, signal: AbortSignal): Promise<void> {
  const language = frame.dataset.language ?? '';
  const code = frame.querySelector('code');
  const text = code?.textContent ?? '';
  if (frame.dataset.coloured !== undefined || !code || language === '') return;
  frame.dataset.coloured = 'pending';
  if (text.length > MAX_LENGTH) return;
  const key = `${language}\n${text}`;
  let html = cache.get(key);
  if (html === undefined) {
    const { toHighlightedHtml } = await import('./highlight');
    await idle(signal);
    if (signal.aborted) return;
    html = toHighlightedHtml(text, language) ?? '';
    remember(key, html);
  }
  if (html === '' || code.textContent !== text) return;
  code.replaceChildren(sanitizeHighlight(html));
  frame.dataset.coloured = 'yes';
}

function remember(key: string, html: string): void {
  const oldest = cache.size >= CACHE_SIZE ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(key, html);
}

function idle(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = whenIdle(resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
