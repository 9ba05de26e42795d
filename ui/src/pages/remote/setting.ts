import { gateway } from '$lib/gateway/index.svelte';

/** Changes settings of the file, on top of what is there this moment. */
export async function patchConfig(patch: Record<string, unknown>): Promise<void> {
  const { hash } = await gateway.call('config.get', {});
  await gateway.call('config.patch', { raw: JSON.stringify(patch), baseHash: hash });
}
