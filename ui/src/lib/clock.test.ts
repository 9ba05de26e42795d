import { afterEach, describe, expect, it, vi } from 'vitest';
import { heardTime, now } from './clock';

const HOUR = 3_600_000;

describe('the clock of the gateway', () => {
  afterEach(() => {
    heardTime(Date.now());
    vi.useRealTimers();
  });

  it('counts, not that of a machine which is off', () => {
    vi.useFakeTimers({ now: 10 * HOUR });
    heardTime(7 * HOUR);
    expect(now()).toBe(7 * HOUR);
    vi.setSystemTime(10 * HOUR + 5_000);
    expect(now()).toBe(7 * HOUR + 5_000);
  });

  it('is this one when they differ by no more than the way takes', () => {
    vi.useFakeTimers({ now: HOUR });
    heardTime(HOUR - 400);
    expect(now()).toBe(HOUR);
  });
});
