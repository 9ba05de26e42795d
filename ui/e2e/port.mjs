//! Ports that are free, and stay it while nobody listens on them.
import { createServer } from 'node:net';

/**
 * Below the ports that the system gives to whoever asks for any (32768 and above), so that nobody is given one of them
 * between two starts of a gateway.
 */
const FIRST = 20_000;
const COUNT = 12_000;
/** Ports of one process before those of the next. */
const EACH = 40;

let next = process.pid * EACH;

/** A port of the loopback address that nobody listens on. */
export async function freePort() {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const port = FIRST + (next % COUNT);
    next += 1;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

function isFree(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
