//! All cases in their order; runs under the Node version the official packages ask for.
import { agents } from "./cases/agents.mjs";
import { approvals } from "./cases/approvals.mjs";
import { archives } from "./cases/archives.mjs";
import { chat } from "./cases/chat.mjs";
import { config } from "./cases/config.mjs";
import { devices } from "./cases/devices.mjs";
import { events } from "./cases/events.mjs";
import { frames } from "./cases/frames.mjs";
import { handshake } from "./cases/handshake.mjs";
import { legacyChat } from "./cases/legacy-chat.mjs";
import { legacy } from "./cases/legacy.mjs";
import { methods } from "./cases/methods.mjs";
import { models } from "./cases/models.mjs";
import { nodes } from "./cases/nodes.mjs";
import { officialNode } from "./cases/official-node.mjs";
import { operate } from "./cases/operate.mjs";
import { pairing } from "./cases/pairing.mjs";
import { sessions } from "./cases/sessions.mjs";
import { updates } from "./cases/updates.mjs";
import { disposeAll } from "./gateway.mjs";
import { disposeNodeHosts } from "./node-host.mjs";
import "./tap.mjs";

const GROUPS = { handshake, methods, events, pairing, devices, legacy, chat, sessions, agents, approvals, nodes, officialNode, config, operate, archives, updates, legacyChat, frames, models };
const wanted = process.argv.slice(2);

process.once("SIGTERM", async () => {
  await Promise.all([disposeAll(), disposeNodeHosts()]);
  process.exit(1);
});

// A case that failed may leave a promise that nobody waits for any more.
process.on("unhandledRejection", (error) => console.error(error));

for (const [name, group] of Object.entries(GROUPS)) {
  if (wanted.length === 0 || wanted.includes(name)) await group();
}
process.exit(0);
