import { oneLine } from './tool-text';

/** One line about a thought: its newest sentence while it goes on, its beginning afterwards. */
export function lastThought(text: string, streaming: boolean): string {
  const plain = text.replace(/[*_`#>]+/g, '');
  if (!streaming) return oneLine(plain, 120);
  const lines = plain.split('\n').filter((line) => line.trim() !== '');
  const line = lines.at(-1) ?? '';
  const sentences = line.split(/(?<=[.!?…])\s+/).filter((sentence) => sentence !== '');
  const newest = sentences.at(-1) ?? '';
  // A sentence that has only begun says less than the one before it.
  return oneLine(newest.length < 12 ? (sentences.at(-2) ?? newest) : newest, 120);
}
