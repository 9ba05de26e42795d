//! Runs the cases one after the other and prints one JSON line per case.
import { closeAll } from "./operator.mjs";
import { disposeAll, Gateway } from "./gateway.mjs";
import { within } from "./until.mjs";

/** A case may take this long before it counts as failed, in milliseconds. */
const CASE_MS = 25_000;

/** Runs `body` as the case `name`, for `ms` at most; a throw is a failure whose message becomes the note. */
export async function test(name, body, ms = CASE_MS) {
  try {
    const note = await within("end of the case", body(), ms);
    report(name, true, typeof note === "string" ? note : undefined);
  } catch (error) {
    report(name, false, String(error?.message ?? error));
  } finally {
    await closeAll();
  }
}

/** Starts one gateway for the cases of `group` and removes it afterwards. */
export async function withGateway(group, options, body) {
  try {
    await body(await Gateway.start(options));
  } catch (error) {
    report(`${group}.gateway`, false, String(error?.message ?? error));
  } finally {
    await disposeAll();
  }
}

function report(name, ok, note) {
  process.stdout.write(`${JSON.stringify({ case: name, ok, ...(note ? { note } : {}) })}\n`);
}
