// Something that is loaded from the gateway, loaded anew after every reconnect, and kept while that happens.

import { gateway } from '$lib/gateway/index.svelte';

export class Resource<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>();
  busy = $state(false);
  readonly #load: () => Promise<T>;
  #latest = 0;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** Nothing to show yet, and no reason known. */
  get isFirst(): boolean {
    return this.value === undefined && this.error === undefined;
  }

  /** Never rejects: what went wrong is in `error`, and the last good value stays. */
  readonly reload = async (): Promise<void> => {
    this.#latest += 1;
    const mine = this.#latest;
    this.busy = true;
    try {
      const value = await this.#load();
      if (mine !== this.#latest) return;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (mine === this.#latest) this.error = error;
    } finally {
      if (mine === this.#latest) this.busy = false;
    }
  };

  /** Throws away what is shown, for another subject. */
  readonly reset = (): void => {
    this.#latest += 1;
    this.value = undefined;
    this.error = undefined;
    this.busy = false;
  };
}

/** Loads now if the gateway is there, and after every (re)connect; ends with the component. */
export function loadWhenOnline(...resources: Resource<unknown>[]): void {
  $effect(() =>
    gateway.onOnline(async () => {
      await Promise.all(resources.map((resource) => resource.reload()));
    }),
  );
}

export function may(scope: 'read' | 'write' | 'admin' | 'pairing'): boolean {
  return (
    gateway.scopes.has(`operator.${scope}`) || (scope !== 'pairing' && gateway.scopes.has('operator.admin'))
  );
}
