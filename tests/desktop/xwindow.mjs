//! The app's window as the X server has it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../../ui/e2e/until.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

/** The number of the window that a person sees. */
export function windowOf(desk) {
  return until("a window on the display", async () => {
    const found = await desk.run("xdotool", ["search", "--onlyvisible", "--name", "^Postern"]);
    return found.trim().split("\n").at(-1);
  });
}

/** What the close button of its frame does; nothing on this display draws frames. */
export function closeWindow(desk, number) {
  return desk.run("/usr/bin/python3", [join(HERE, "close_window.py"), number]);
}
