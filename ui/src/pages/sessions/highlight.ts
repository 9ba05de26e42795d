/** Words that were searched for, marked in the text around them. Pure. */

export interface Part {
  text: string;
  isHit: boolean;
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** As the index compares words: without case and accents. */
function folded(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

export function highlight(text: string, query: string): Part[] {
  const wanted = new Set((query.match(WORD) ?? []).map(folded));
  if (wanted.size === 0) return text ? [{ text, isHit: false }] : [];
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(WORD)) {
    if (!wanted.has(folded(match[0]))) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index), isHit: false });
    parts.push({ text: match[0], isHit: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isHit: false });
  return parts;
}
