/** What was decided while the page was open, by anybody; kept when other pages are visited. */
import { gateway, type ApprovalResolved } from '$lib/gateway/index.svelte';

const KEPT = 50;

let list = $state.raw<readonly ApprovalResolved[]>([]);

// For as long as the page lives: what happens while another page is shown is part of it.
gateway.on('exec.approval.resolved', (event) => {
  list = [event, ...list.filter((other) => other.id !== event.id)].slice(0, KEPT);
});

export const resolved = {
  /** The last decided first. */
  get list(): readonly ApprovalResolved[] {
    return list;
  },
};
