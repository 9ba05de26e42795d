import { describe, expect, it } from 'vitest';
import { Attempt } from './attempt.svelte';

describe('an attempt', () => {
  it('says what is under way until it ends', async () => {
    const attempt = new Attempt();
    let finish = (): void => undefined;
    const ended = attempt.run(() => new Promise<void>((resolve) => (finish = resolve)), 'look');
    expect([attempt.busy, attempt.doing]).toEqual([true, 'look']);
    finish();
    await ended;
    expect([attempt.busy, attempt.doing, attempt.error]).toEqual([false, undefined, undefined]);
  });

  it('keeps why it failed until the next one', async () => {
    const attempt = new Attempt();
    await attempt.run(() => Promise.reject(new Error('no room')));
    expect(attempt.error).toEqual(new Error('no room'));
    expect(attempt.busy).toBe(false);
    await attempt.run(() => Promise.resolve());
    expect(attempt.error).toBeUndefined();
  });
});
