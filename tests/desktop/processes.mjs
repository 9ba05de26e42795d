//! Processes as the kernel lists them.
import { readdirSync, readFileSync } from "node:fs";

/** `{pid, name, ppid}` of all processes below `root`. */
export function descendants(root) {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .map(statusOf)
    .filter(Boolean);
  const below = (parent) => all.filter(({ ppid }) => ppid === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(root);
}

function statusOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, name, rest] = /^\d+ \((.*)\) \S (\d+)/s.exec(text);
    return { pid, name, ppid: Number(rest) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** The first argument of a process. */
export function program(pid) {
  const [path] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return path;
}

/** Memory of a process in KiB: proportional share, and what is its own. Nothing, when it has just ended. */
export function memoryOf(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  } catch (error) {
    if (error.code === "ESRCH" || error.code === "ENOENT") return undefined;
    throw error;
  }
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)[1]);
  return { pss: field("Pss"), private: field("Private_Dirty") };
}
