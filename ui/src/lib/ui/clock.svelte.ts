// One clock for everything that shows passing time, running only while somebody reads it.
import { createSubscriber } from 'svelte/reactivity';

function clock(everyMs: number): () => number {
  let now = Date.now();
  const subscribe = createSubscriber((update) => {
    now = Date.now();
    const timer = setInterval(() => {
      now = Date.now();
      update();
    }, everyMs);
    return () => clearInterval(timer);
  });
  return () => {
    subscribe();
    // Outside an effect nothing subscribes, and the last reading may be old.
    if (!$effect.tracking()) now = Date.now();
    return now;
  };
}

/** Now, renewed every second. */
export const seconds = clock(1000);
/** Now, renewed every half minute. */
export const minutes = clock(30_000);
