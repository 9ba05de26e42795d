// Where the parts of a debug bundle come from.

import { gateway } from '$lib/gateway/index.svelte';
import { deviceFacts, type Source } from './bundle';
import type { PageFacts } from './facts';

/** Parts that this device may not ask for tell so in the bundle. */
export function bundleSources(page: PageFacts): Source[] {
  return [
    {
      file: 'versions.json',
      load: () => Promise.resolve({ gateway: gateway.serverVersion, page: page.version }),
    },
    { file: 'page.json', load: () => Promise.resolve(page) },
    {
      file: 'connection.json',
      load: () => Promise.resolve({ status: gateway.status.kind, events: gateway.log }),
    },
    { file: 'health.json', load: () => gateway.call('health', {}, { timeoutMs: 8000 }) },
    { file: 'status.json', load: () => gateway.call('status', {}, { timeoutMs: 8000 }) },
    { file: 'system.json', load: () => gateway.call('system.info', {}, { timeoutMs: 8000 }) },
    { file: 'models.json', load: () => gateway.call('models.authStatus', {}, { timeoutMs: 8000 }) },
    {
      file: 'devices.json',
      load: async () => {
        const { pending, paired } = await gateway.call('device.pair.list', {}, { timeoutMs: 8000 });
        return { pending: pending.length, paired: paired.map(deviceFacts) };
      },
    },
  ];
}
