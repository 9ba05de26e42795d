//! Waiting with a deadline: every wait of the run goes through here, so a missing answer fails with a name instead of hanging.

/** How long one step may take before the case fails, in milliseconds. */
export const STEP_MS = 10_000;

/** Resolves with the first truthy value of `probe`, polled every 10 ms; rejects with `what` after `ms`. */
export async function until(what, probe, ms = STEP_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Passes `promise` through, or rejects with `what` after `ms`. */
export async function within(what, promise, ms = STEP_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
