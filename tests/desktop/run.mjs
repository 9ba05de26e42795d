//! Runs the desktop suite: `node tests/desktop/run.mjs [FILTER]`, where FILTER is part of a file's name.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { runFiles, testFiles } from "../../ui/e2e/files.mjs";

const files = testFiles(dirname(fileURLToPath(import.meta.url)), process.argv[2]);
process.exitCode = (await runFiles("desktop", files, 1)) ? 0 : 1;
