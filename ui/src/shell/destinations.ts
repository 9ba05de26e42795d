// Where the navigation leads, in its groups.
import Activity from '@lucide/svelte/icons/activity';
import Archive from '@lucide/svelte/icons/archive';
import Bot from '@lucide/svelte/icons/bot';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Cpu from '@lucide/svelte/icons/cpu';
import Globe from '@lucide/svelte/icons/globe';
import History from '@lucide/svelte/icons/history';
import CloudDownload from '@lucide/svelte/icons/cloud-download';
import Info from '@lucide/svelte/icons/info';
import MessageSquare from '@lucide/svelte/icons/message-square';
import MonitorSmartphone from '@lucide/svelte/icons/monitor-smartphone';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import Stethoscope from '@lucide/svelte/icons/stethoscope';
import { attention } from '$lib/attention.svelte';
import type { PageName } from '$lib/router.svelte';
import type { Icon } from '$lib/ui';

export interface Destination {
  page: PageName;
  icon: Icon;
}

export const GROUPS: readonly (readonly Destination[])[] = [
  [
    { page: 'chat', icon: MessageSquare },
    { page: 'sessions', icon: History },
  ],
  [
    { page: 'overview', icon: Activity },
    { page: 'devices', icon: MonitorSmartphone },
    { page: 'approvals', icon: ShieldCheck },
  ],
  [
    { page: 'agents', icon: Bot },
    { page: 'models', icon: Cpu },
    { page: 'usage', icon: ChartColumn },
  ],
  [
    { page: 'remote', icon: Globe },
    { page: 'config', icon: SlidersHorizontal },
    { page: 'logs', icon: ScrollText },
    { page: 'doctor', icon: Stethoscope },
    { page: 'backup', icon: Archive },
    { page: 'update', icon: CloudDownload },
    { page: 'about', icon: Info },
  ],
];

/** How many requests wait on a page. */
export function waitingOn(page: PageName): number {
  if (page === 'devices') return attention.pairings.length + attention.nodes.length;
  if (page === 'approvals') return attention.approvals.length;
  return 0;
}
