// How long a thought took. The gateway does not say, so it is measured here while it is seen; the
// components that show it come and go with scrolling, the measure must not.

interface Span {
  from: number;
  to?: number;
}

const LIMIT = 500;
const spans = new Map<string, Span>();

/** Notes whether the thought named `key` goes on, and says since when; undefined if never seen live. */
export function trackThought(key: string, streaming: boolean, now: number): Span | undefined {
  const known = spans.get(key);
  if (known === undefined) {
    if (!streaming) return undefined;
    const oldest = spans.size >= LIMIT ? spans.keys().next().value : undefined;
    if (oldest !== undefined) spans.delete(oldest);
    const span = { from: now };
    spans.set(key, span);
    return span;
  }
  if (!streaming) known.to ??= now;
  return known;
}
