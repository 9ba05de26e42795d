// Characters that change how text reads without being seen. They are shown by their number, so that
// a line of code or an address cannot look like another one ("Trojan Source").

/** Embedding, override and isolate controls, and the tag characters that hide whole sentences. */
const HIDDEN = /[\u202A-\u202E\u2066-\u2069]|[\u{E0000}-\u{E007F}]+/gu;

/** England, Scotland and Wales are flags written with tag characters; those stay. */
const FLAG = /\u{1F3F4}[\u{E0061}-\u{E007A}\u{E0030}-\u{E0039}]{3,6}\u{E007F}/gu;

/** A text node as the nodes that show what is hidden in it; null when nothing is. */
export function revealHidden(text: string): DocumentFragment | null {
  const flags = [...text.matchAll(FLAG)].map((match) => [match.index, match.index + match[0].length]);
  const isFlag = (at: number): boolean => flags.some(([from = 0, to = 0]) => at >= from && at < to);
  const hits = [...text.matchAll(HIDDEN)].filter((match) => !isFlag(match.index));
  if (hits.length === 0) return null;
  const fragment = document.createDocumentFragment();
  let from = 0;
  for (const hit of hits) {
    fragment.append(text.slice(from, hit.index), marker(hit[0]));
    from = hit.index + hit[0].length;
  }
  fragment.append(text.slice(from));
  return fragment;
}

function marker(hidden: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'md-hidden-character';
  const first = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const count = [...hidden].length;
  element.textContent = count > 1 ? `[U+${first} ×${count}]` : `[U+${first}]`;
  return element;
}
