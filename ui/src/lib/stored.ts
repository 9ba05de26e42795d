// What this browser remembers of choices. A browser may forbid storage altogether; then nothing is remembered, and the
// page works all the same.

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}

function over(storage: () => Storage): {
  get(key: string): string | undefined;
  set(key: string, value?: string): void;
} {
  return {
    get: (key) => attempt(() => storage().getItem(key) ?? undefined, undefined),
    // Without a value it is taken away.
    set: (key, value) =>
      attempt(
        () => (value === undefined ? storage().removeItem(key) : storage().setItem(key, value)),
        undefined,
      ),
  };
}

/** For good, in this browser. */
export const stored = over(() => localStorage);
/** As long as the tab lives. */
export const tabStored = over(() => sessionStorage);
