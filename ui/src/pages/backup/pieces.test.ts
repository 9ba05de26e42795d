import { expect, test } from 'vitest';
import { fromBase64, passphraseMistake, toBase64 } from './pieces';

test('bytes come through as they are, also many', () => {
  const bytes = Uint8Array.from({ length: 200_003 }, (_, index) => (index * 31) % 256);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  expect(toBase64(new Uint8Array())).toBe('');
});

test('a passphrase is long enough and typed twice', () => {
  expect(passphraseMistake('1234567', '1234567')).toBe('short');
  expect(passphraseMistake('12345678', '12345679')).toBe('differs');
  expect(passphraseMistake('12345678', '12345678')).toBeUndefined();
});
