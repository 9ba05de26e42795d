import { describe, expect, it } from 'vitest';
import { Resource } from './resource.svelte';

/** Answers in the order a test wants. */
function deferred<T>() {
  const waiting: { resolve: (value: T) => void; reject: (error: unknown) => void }[] = [];
  const load = () => new Promise<T>((resolve, reject) => waiting.push({ resolve, reject }));
  return { load, waiting };
}

describe('Resource', () => {
  it('keeps what was shown when loading it again fails', async () => {
    const { load, waiting } = deferred<number>();
    const resource = new Resource(load);
    expect(resource.isFirst).toBe(true);
    const first = resource.reload();
    waiting[0]?.resolve(1);
    await first;
    const second = resource.reload();
    expect([resource.value, resource.busy]).toEqual([1, true]);
    waiting[1]?.reject(new Error('gone'));
    await second;
    expect([resource.value, resource.busy, (resource.error as Error).message]).toEqual([1, false, 'gone']);
  });

  it('never lets an older answer win', async () => {
    const { load, waiting } = deferred<string>();
    const resource = new Resource(load);
    const older = resource.reload();
    const newer = resource.reload();
    waiting[1]?.resolve('new');
    await newer;
    waiting[0]?.resolve('old');
    await older;
    expect([resource.value, resource.busy]).toEqual(['new', false]);
  });

  it('forgets an answer to a question that is no longer asked', async () => {
    const { load, waiting } = deferred<string>();
    const resource = new Resource(load);
    const asked = resource.reload();
    resource.reset();
    waiting[0]?.resolve('late');
    await asked;
    expect([resource.value, resource.isFirst]).toEqual([undefined, true]);
  });
});
