/** Calls `run` once the browser has nothing better to do. Returns what calls it off. */
export function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === 'function') {
    const handle = requestIdleCallback(run, { timeout: 1000 });
    return () => cancelIdleCallback(handle);
  }
  // Older WebKit has no such thing; a moment after the last frame is near enough.
  const timer = setTimeout(run, 50);
  return () => clearTimeout(timer);
}
