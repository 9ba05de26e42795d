import { oneLine } from './tool-text';

/** One line about a thought that goes on: its newest sentence. */
export function newestSentence(text: string): string {
  const plain = text.replace(/[*_`#>]+/g, '');
  const lines = plain.split('\n').filter((line) => line.trim() !== '');
  const sentences = (lines.at(-1) ?? '').split(/(?<=[.!?…])\s+/).filter((sentence) => sentence !== '');
  const newest = sentences.at(-1) ?? '';
  // A sentence that has only begun says less than the one before it.
  return oneLine(newest.length < 12 ? (sentences.at(-2) ?? newest) : newest, 120);
}
