import type { UpdateStatusResult } from '$lib/gateway/index.svelte';

export type Phase = UpdateStatusResult['phase'];

const UNDER_WAY: readonly Phase[] = ['downloaded', 'verified', 'staged', 'trial', 'reverting'];

/** Whether an update is neither done nor given up. */
export const isUnderWay = (phase: Phase): boolean => UNDER_WAY.includes(phase);
