import { describe, expect, it } from 'vitest';
import { isArmed, NOTHING_SHOWN, rearm, REST_MS, stepTo } from './arming';

describe('arming', () => {
  it('rests after a card appears', () => {
    const shown = rearm(NOTHING_SHOWN, ['a'], 1_000);
    expect(isArmed(shown, 1_000)).toBe(false);
    expect(isArmed(shown, 1_000 + REST_MS - 1)).toBe(false);
    expect(isArmed(shown, 1_000 + REST_MS)).toBe(true);
  });

  it('rests again when a card goes, because the others move up', () => {
    const shown = rearm(rearm(NOTHING_SHOWN, ['a', 'b'], 0), ['b'], 5_000);
    expect(isArmed(shown, 5_399)).toBe(false);
  });

  it('does not rest again when nothing moved', () => {
    const shown = rearm(NOTHING_SHOWN, ['a', 'b'], 0);
    expect(rearm(shown, ['a', 'b'], 5_000)).toBe(shown);
  });
});

describe('stepTo', () => {
  it('starts at an end and stays at the ends', () => {
    const order = ['a', 'b', 'c'];
    expect(stepTo(order, undefined, 1)).toBe('a');
    expect(stepTo(order, undefined, -1)).toBe('c');
    expect(stepTo(order, 'a', 1)).toBe('b');
    expect(stepTo(order, 'a', -1)).toBe('a');
    expect(stepTo(order, 'c', 1)).toBe('c');
    expect(stepTo(order, 'gone', 1)).toBe('a');
    expect(stepTo([], undefined, 1)).toBeUndefined();
  });
});
