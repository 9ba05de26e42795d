//! Backups and imports with the official client: made, fetched, checked, brought back, and a look into another home.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { TOKEN } from "../gateway.mjs";
import { newIdentity, TokenStore } from "../identity.mjs";
import { Operator } from "../operator.mjs";
import { cameBack } from "../restart.mjs";
import { test, withGateway } from "../suite.mjs";
import { until } from "../until.mjs";
import { expect, same, shaped } from "../validate.mjs";

const PASSPHRASE = "four random words";
const INFO = { id: "string", name: "string", bytes: "int", createdAtMs: "int", encrypted: "boolean", entries: "int", host: "string", version: "string", scheduled: "boolean" };
const PIECE = 16 * 1024;

export async function archives() {
  await withGateway("archives", { config: "{ session: { mainKey: 'home' } } // mine\n" }, async (gateway) => {
    const device = { url: gateway.url, token: TOKEN, deviceIdentity: newIdentity(), store: new TokenStore() };
    const archiveTest = (name, body) => test(name, async () => body(await Operator.connect(device), gateway));
    await made(archiveTest);
    await broughtBack(archiveTest);
    await imported(archiveTest);
  });
}

/** The whole archive, piece by piece. */
async function fetched(operator, { id, bytes }) {
  const pieces = [];
  for (let offset = 0, done = false; !done; ) {
    const piece = await operator.request("backup.read", { id, offset, length: PIECE });
    shaped(piece, { data: "string", offset: "int", total: "int", done: "boolean" }, "backup.read");
    same([piece.offset, piece.total], [offset, bytes], "place of the piece");
    pieces.push(Buffer.from(piece.data, "base64"));
    offset += pieces.at(-1).length;
    ({ done } = piece);
  }
  return Buffer.concat(pieces);
}

async function made(archiveTest) {
  await archiveTest("backup.create-read-verify-remove", async (operator, { ready }) => {
    await operator.request("agents.files.set", { agentId: "main", name: "SOUL.md", content: `# Kept\n${randomBytes(40_000).toString("hex")}\n` });
    await operator.request("sessions.create", { key: "early" });
    const open = await operator.request("backup.create", { include: { workspaces: false } });
    shaped(open, { ...INFO, hasSecrets: "boolean", leftOut: "array", leftOutTotal: "int" }, "backup.create");
    same([open.encrypted, open.hasSecrets], [false, false], "without a passphrase");
    const closed = await operator.request("backup.create", { passphrase: PASSPHRASE });
    same([closed.encrypted, closed.hasSecrets, closed.scheduled], [true, true, false], "with a passphrase");
    const end = await operator.event("end of the work", (e) => e.event === "backup.progress" && e.payload.done);
    shaped(end.payload, { files: "int", bytes: "int", totalBytes: "int", done: "boolean" }, "backup.progress");
    const { backups, folder, unreadable } = await operator.request("backup.list", {});
    for (const backup of backups) shaped(backup, INFO, "row of backup.list");
    same([backups.map(({ id }) => id), unreadable], [[closed.id, open.id], []], "newest first");
    const bytes = await fetched(operator, closed);
    expect(bytes.equals(readFileSync(join(folder, closed.name))), "what was read is not the file");
    expect(bytes.length > PIECE && !bytes.includes("Kept"), `${bytes.length} bytes that can be read`);
    await verified(operator, closed, open);
    same(await operator.request("backup.remove", { id: open.id }), { id: open.id }, "backup.remove");
    same(readdirSync(folder), [closed.name], "files that are left");
    for (const method of ["backup.verify", "backup.remove", "backup.restore"]) {
      const gone = await operator.refusal(method, { id: open.id });
      same([gone.gatewayCode, gone.message.includes(open.id)], ["INVALID_REQUEST", true], `${method}: ${gone.message}`);
    }
    expect(folder.startsWith(ready.stateDir), `folder ${folder}`);
  });
}

async function verified(operator, closed, open) {
  const plain = await operator.request("backup.verify", { id: open.id });
  shaped(plain, { ...INFO, opened: "boolean", database: "object", secrets: "array", redacted: "array", leftOut: "array", workspaces: "array" }, "backup.verify");
  same([plain.opened, plain.secrets, plain.workspaces], [true, [], []], "the open one");
  const sealed = await operator.request("backup.verify", { id: closed.id });
  same([sealed.opened, sealed.database], [false, undefined], "without its passphrase");
  const wrong = await operator.refusal("backup.verify", { id: closed.id, passphrase: "four other words" });
  same([wrong.gatewayCode, wrong.message.includes("passphrase is wrong")], ["INVALID_REQUEST", true], `wrong passphrase: ${wrong.message}`);
  const opened = await operator.request("backup.verify", { id: closed.id, passphrase: PASSPHRASE });
  same([opened.opened, opened.database.sessions, opened.database.devices], [true, 1, 1], "with it");
  same(opened.secrets, ["device-token-key", "gateway-identity"], "names of the keys in it");
}

async function broughtBack(archiveTest) {
  await archiveTest("backup.upload-and-restore", async (operator, gateway) => {
    const [kept] = (await operator.request("backup.list", {})).backups;
    const bytes = await fetched(operator, kept);
    await operator.request("backup.remove", { id: kept.id });
    await operator.request("sessions.create", { key: "late" });
    const send = (offset, to, done) => operator.request("backup.upload", { name: "from-elsewhere.zip", offset, data: bytes.subarray(offset, to).toString("base64"), done });
    same(await send(0, PIECE, false), { received: PIECE }, "first piece");
    const hole = await operator.refusal("backup.upload", { name: "from-elsewhere.zip", offset: PIECE * 2, data: "", done: false });
    same(hole.gatewayCode, "INVALID_REQUEST", `a piece is missing: ${hole.message}`);
    const whole = await send(PIECE, bytes.length, true);
    shaped(whole.backup, INFO, "backup.upload");
    same([whole.received, whole.backup.bytes, whole.backup.entries], [bytes.length, bytes.length, kept.entries], "the whole");
    const { id } = whole.backup;
    const staged = await operator.request("backup.restore", { id, passphrase: PASSPHRASE });
    shaped(staged, { ...INFO, ok: "boolean", opened: "boolean", database: "object", movedAside: "string", restarting: "boolean" }, "backup.restore");
    same([staged.ok, staged.restarting, staged.database.sessions], [true, true, 1], "staged");
    await cameBack(operator, gateway, "a backup is restored");
    await until("what was there to be moved aside", () => existsSync(join(staged.movedAside, "postern.sqlite")));
    const { sessions } = await operator.request("sessions.list", {});
    same(sessions.map(({ key }) => key), ["agent:main:early"], "sessions");
    const soul = await operator.request("agents.files.get", { agentId: "main", name: "SOUL.md" });
    expect(soul.file.content.startsWith("# Kept\n"), "the agent's file");
    same((await operator.request("config.get", {})).config.session.mainKey, "home", "configuration");
  });
}

/** A small home of another gateway of the ecosystem. */
function otherHome() {
  const home = mkdtempSync(join(tmpdir(), "conformance-home-"));
  const files = {
    "openclaw.json": `{ session: { mainKey: "theirs" }, channels: { telegram: { botToken: "conformance-bot" } },
      agents: { list: [{ id: "main", default: true }, { id: "work", name: "Work" }] } }`,
    "workspace/SOUL.md": "I am Molty.",
    "agents/main/sessions/sessions.json": JSON.stringify({ "agent:main:theirs": { sessionId: "11111111-aaaa", updatedAt: 1_767_323_050_000 } }),
    "agents/main/sessions/11111111-aaaa.jsonl": `${JSON.stringify({
      type: "message",
      id: "aaaaaaaa",
      timestamp: "2026-01-02T03:04:06Z",
      message: { role: "user", content: "what is a lobster", timestamp: 1_767_323_046_000 },
    })}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  return { home, files };
}

async function imported(archiveTest) {
  await archiveTest("import.dry-run-changes-nothing", async (operator, { ready }) => {
    const { home, files } = otherHome();
    try {
      const settings = readFileSync(ready.configPath, "utf8");
      const lists = async () => [(await operator.request("agents.list", {})).agents, (await operator.request("sessions.list", {})).sessions.map(({ key }) => key)];
      const before = await lists();
      for (const params of [{ from: home, dryRun: true }, { from: home }]) {
        const report = await operator.request("import.openclaw", params);
        shaped(report, { from: "string", dryRun: "boolean", areas: "array", needsRestart: "boolean" }, "import.openclaw");
        for (const area of report.areas) shaped(area, { area: "string", took: "array", already: "int", left: "array" }, "area");
        const area = (name) => report.areas.find((row) => row.area === name);
        same([report.dryRun, area("sessions").took.length, area("agents").took.some((text) => text.includes("work"))], [true, 1, true], "what would be taken");
        expect(area("config").left.some(({ what, why }) => what.includes("channels") && why), `left: ${JSON.stringify(area("config").left)}`);
        expect(!JSON.stringify(report).includes("conformance-bot"), "the report holds a secret");
      }
      same(await lists(), before, "agents and sessions");
      same(readFileSync(ready.configPath, "utf8"), settings, "the configuration");
      for (const [name, text] of Object.entries(files)) same(readFileSync(join(home, name), "utf8"), text, name);
      const nowhere = await operator.refusal("import.openclaw", { from: join(home, "nowhere"), dryRun: true });
      same([nowhere.gatewayCode, nowhere.message.includes("nowhere")], ["INVALID_REQUEST", true], `nowhere: ${nowhere.message}`);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
}
