import { describe, expect, it, vi } from 'vitest';
import { Fetched, gathered } from './fetched.svelte';

function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

describe('Fetched', () => {
  it('keeps the last answer when the next reading fails', async () => {
    const read = vi
      .fn<() => Promise<string>>()
      .mockResolvedValueOnce('one')
      .mockRejectedValueOnce(new Error('gone'));
    const fetched = new Fetched(read);
    expect(fetched.isFirst).toBe(true);
    await fetched.refresh();
    await fetched.refresh();
    expect([fetched.value, (fetched.error as Error).message, fetched.busy]).toEqual(['one', 'gone', false]);
  });

  it('believes the later of two readings, whichever answers last', async () => {
    const [first, second] = [deferred<string>(), deferred<string>()];
    const read = vi
      .fn<() => Promise<string>>()
      .mockReturnValueOnce(first.promise)
      .mockReturnValueOnce(second.promise);
    const fetched = new Fetched(read);
    const both = [fetched.refresh(), fetched.refresh()];
    second.resolve('new');
    first.resolve('old');
    await Promise.all(both);
    expect(fetched.value).toBe('new');
  });

  it('is outrun by what an event tells', async () => {
    const slow = deferred<string>();
    const fetched = new Fetched(() => slow.promise);
    const reading = fetched.refresh();
    fetched.set('told');
    slow.reject(new Error('late'));
    await reading;
    expect([fetched.value, fetched.error]).toEqual(['told', undefined]);
  });
});

describe('gathered', () => {
  it('runs once for a burst and again for the next', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const call = gathered(run, 500);
    call();
    call();
    vi.advanceTimersByTime(500);
    expect(run).toHaveBeenCalledTimes(1);
    call();
    call.stop();
    vi.advanceTimersByTime(5_000);
    expect(run).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});
