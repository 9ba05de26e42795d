// What is typed into a field and what it means, both ways.
import type { Field } from './schema';

/** Why a text is no value of a field. */
export type Mistake = 'notNumber' | 'notWhole' | 'outOfRange' | 'notJson';

/** A value of the file as the text in its field. */
export function shown(field: Field, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (field.kind === 'lines' && Array.isArray(value)) return value.map(String).join('\n');
  if (typeof value === 'string' && field.kind !== 'json') return value;
  return field.kind === 'json' ? JSON.stringify(value, null, 2) : String(value);
}

function numberOf(field: Field, text: string): { value: number } | { mistake: Mistake } {
  const value = Number(text);
  if (Number.isNaN(value)) return { mistake: 'notNumber' };
  if (field.whole && !Number.isInteger(value)) return { mistake: 'notWhole' };
  const low = field.min ?? Number.NEGATIVE_INFINITY;
  const high = field.max ?? Number.POSITIVE_INFINITY;
  return value < low || value > high ? { mistake: 'outOfRange' } : { value };
}

/** A text as a value; an empty one takes the setting out of the file. */
export function meant(field: Field, text: string): { value: unknown } | { mistake: Mistake } {
  if (text.trim() === '') return { value: undefined };
  if (field.kind === 'number') return numberOf(field, text.trim());
  if (field.kind === 'flag') return { value: text === 'true' };
  if (field.kind === 'lines') {
    const lines = text.split('\n').map((line) => line.trim());
    return { value: lines.filter(Boolean) };
  }
  if (field.kind !== 'json') return { value: text };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { mistake: 'notJson' };
  }
}
