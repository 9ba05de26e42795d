//! Runs files of tests with node's own runner; the last line has the counts.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** The longest that one file may take, in milliseconds. */
const FILE_MS = 600_000;

/** The files of tests in `folder` whose names contain `filter`; ends the process when there are none. */
export function testFiles(folder, filter = '') {
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.mjs') && name.includes(filter));
  if (names.length === 0) {
    console.error(`no file of tests in ${folder} has "${filter}" in its name`);
    process.exit(2);
  }
  return names.sort().map((name) => join(folder, name));
}

/** Runs them and resolves with whether all went well. */
export async function runFiles(suite, files, concurrency) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const started = Date.now();
  const events = run({ files, concurrency, timeout: FILE_MS });
  events.on('test:pass', ({ skip, todo }) => {
    counts[skip === undefined && todo === undefined ? 'passed' : 'skipped'] += 1;
  });
  events.on('test:fail', () => (counts.failed += 1));
  const report = events.compose(spec);
  report.pipe(process.stdout);
  await new Promise((resolve, reject) => report.once('end', resolve).once('error', reject));
  const seconds = Math.round((Date.now() - started) / 1000);
  const line = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  console.log(`${suite}: ${line.join(', ')} in ${seconds} s`);
  // A run that ended early without having found a failure is none either.
  return counts.failed === 0 && counts.passed > 0;
}
