import { DenialError } from '../denial.ts';
import { printable } from './printable.ts';

/**
 * Refuses a list (or the keys of a map) longer than its bound. Called before the items are read.
 *
 * @throws DenialError `invalid_field`
 * @example
 * requireItems(3_000, 20, 'order_by'); // "order_by accepts at most 20 items; 3,000 were sent."
 */
export function requireItems(count: number, most: number, at: string, items = 'items'): void {
  if (count > most) throw tooMuch(at, most, items, count);
}

/**
 * Refuses text longer than its bound, in UTF-16 code units: the length is known without reading the text.
 *
 * @throws DenialError `invalid_field`
 */
export function requireLength(text: string, most: number, at: string): void {
  if (text.length > most) throw tooMuch(at, most, 'characters', text.length);
}

function tooMuch(at: string, most: number, unit: string, sent: number): DenialError {
  return new DenialError(
    'invalid_field',
    `${printable(at)} accepts at most ${counted(most)} ${unit}; ${counted(sent)} were sent.`,
  );
}

/** A number as messages show it: `1,000`. */
export const counted = (count: number): string => count.toLocaleString('en-US');
