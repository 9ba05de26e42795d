// The guide for the first start: shown once, to somebody who may set things up, while there is no model yet.
import { gateway, type ModelRow } from '$lib/gateway/index.svelte';
import { navigate, route } from '$lib/router.svelte';
import { stored } from '$lib/stored';

const WELCOMED = 'postern.welcomed';
/** Answers when nothing else is set up; not a model. */
const BUILTIN = 'postern';

/** Somebody who came by a link to something is left there. */
const cameByLink = route.page !== 'chat' || route.param !== undefined;

export interface Start {
  welcomed: boolean;
  isAdmin: boolean;
  atStart: boolean;
}

export function mayGuide(start: Start): boolean {
  return !start.welcomed && start.isAdmin && start.atStart;
}

/** Whether a real model answers by default. */
export function hasModel(models: readonly Pick<ModelRow, 'provider' | 'tags'>[]): boolean {
  return models.some((row) => row.tags?.includes('default') && row.provider !== BUILTIN);
}

function start(): Start {
  return {
    welcomed: stored.get(WELCOMED) !== undefined,
    isAdmin: gateway.scopes.has('operator.admin'),
    atStart: !cameByLink && route.page === 'chat',
  };
}

/** Looks after every connect until it is known; then never again in this tab. */
export function watchFirstStart(): () => void {
  let known = false;
  return gateway.onOnline(async () => {
    if (known || !mayGuide(start())) return;
    const { models } = await gateway.call('models.list', {});
    known = true;
    if (!hasModel(models) && mayGuide(start())) navigate('welcome', undefined, { replace: true });
  });
}
