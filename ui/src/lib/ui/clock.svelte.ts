// One clock for everything that shows passing time, running only while somebody reads it. It is the gateway's.
import { now as gatewayNow } from '$lib/clock';
import { createSubscriber } from 'svelte/reactivity';

function clock(everyMs: number): () => number {
  let now = gatewayNow();
  const subscribe = createSubscriber((update) => {
    now = gatewayNow();
    const timer = setInterval(() => {
      now = gatewayNow();
      update();
    }, everyMs);
    return () => clearInterval(timer);
  });
  return () => {
    subscribe();
    // Outside an effect nothing subscribes, and the last reading may be old.
    if (!$effect.tracking()) now = gatewayNow();
    return now;
  };
}

/** Now, renewed every second. */
export const seconds = clock(1000);
/** Now, renewed every half minute. */
export const minutes = clock(30_000);
