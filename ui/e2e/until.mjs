//! Waiting with a deadline: a missing answer fails with a name instead of hanging.

/** How long one step may take, in milliseconds. */
export const STEP_MS = 15_000;

/** Resolves with the first truthy value of `probe`, polled; rejects with `what` and what `probe` threw last, or at once when that is `final`. */
export async function until(what, probe, ms = STEP_MS) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = undefined;
    } catch (error) {
      if (error.final) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms${last ? `: ${last.message}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
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
