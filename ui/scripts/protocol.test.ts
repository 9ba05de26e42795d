// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

// In a process of its own: the test runner resolves the generator's libraries as a browser would.
it('the types of the protocol are those of schemas/', { timeout: 60_000 }, () => {
  const script = fileURLToPath(new URL('./protocol.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8', stdio: 'pipe' });
});
