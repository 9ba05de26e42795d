//! Runs the browser suite: `node ui/e2e/run.mjs [FILTER]`, where FILTER is part of a file's name. One browser for all files.
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shareBrowser } from './browser.mjs';
import { runFiles, testFiles } from './files.mjs';

const files = testFiles(dirname(fileURLToPath(import.meta.url)), process.argv[2]);
const server = await shareBrowser();
const passed = await runFiles('e2e', files, Math.min(2, cpus().length));
await server.close();
process.exitCode = passed ? 0 : 1;
