//! Where the secrets are: in the keychain and in no file; without a keychain in files of one user, said aloud.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../ui/e2e/until.mjs";
import { desktopTest } from "./stage.mjs";

desktopTest("tokens and keys are in the keychain and in no file", {}, async ({ desk, start }) => {
  const app = await start({ driven: true });
  const window = await app.window.opened;
  await window.byRole("textbox", /message/i);
  const kept = await inKeychain(desk);
  const token = await app.token();
  assert.ok(kept.secrets.includes(token), "the gateway's token is not in the keychain");
  const secrets = kept.secrets.filter((secret) => secret.length >= 16);
  assert.ok(secrets.length >= 3, `the keychain holds ${kept.accounts.join(", ")}`);
  assert.ok(
    kept.accounts.some((account) => /device/.test(account)),
    kept.accounts.join(", "),
  );
  for (const secret of secrets) assert.deepEqual(filesWith(desk.home, secret), [], "a secret lies in a file");
  assert.ok(!app.said.includes(token) && !app.log().includes(token), "the token is in the log");
  assert.ok(
    !processArguments().some((text) => secrets.some((secret) => text.includes(secret))),
    "a secret is in the process list",
  );
  assert.deepEqual(open(join(app.stateDir, "credentials")), [], "files that others can read");
});

desktopTest("the same keys serve the next start", {}, async ({ desk, start }) => {
  const first = await start({ args: ["--hidden"] });
  await first.entry("Pair a phone…");
  const before = (await inKeychain(desk)).secrets.sort();
  await first.choose("Quit (stops the gateway)");
  await first.ended();
  const second = await start({ args: ["--hidden"], port: first.port });
  await second.entry("Pair a phone…");
  assert.equal(await second.token(), await first.token());
  assert.deepEqual((await inKeychain(desk)).secrets.sort(), before);
});

desktopTest(
  "without a keychain secrets are files of this user alone, and it says so",
  { keychain: false },
  async ({ desk, start }) => {
    const app = await start({ args: ["--hidden"] });
    await app.entry("Pair a phone…");
    const token = await app.token();
    const where = filesWith(desk.home, token);
    assert.deepEqual(
      where.map((path) => path.includes("/credentials/")),
      where.map(() => true),
      where.join(", "),
    );
    assert.ok(where.length > 0);
    for (const path of filesBelow(join(app.stateDir, "credentials")))
      assert.equal((ifThere(() => statSync(path).mode) ?? 0o600) & 0o777, 0o600, path);
    assert.equal(statSync(join(app.stateDir, "credentials")).mode & 0o777, 0o700);
    const told = () => /not in an OS keychain/.test(app.log() + app.said);
    await until("the warning", told);
  },
);

desktopTest("a keychain that is demanded and missing is no reason to write files", { keychain: false }, async ({ start }) => {
  const app = await start({ args: ["--hidden"], env: { POSTERN_CREDENTIALS: "keychain" }, ready: false });
  await app.entry(/cannot start/i);
  assert.deepEqual(
    filesBelow(join(app.stateDir, "credentials")).filter((path) => !path.endsWith("kept-in")),
    [],
  );
});

/** All that Postern keeps in the keychain: `secrets`, and the `accounts` that they are kept under. */
async function inKeychain(desk) {
  // One goes to the standard output and the other to the standard error: read together they may be torn.
  const search = "secret-tool search --all --unlock service postern";
  const secrets = await desk.run("sh", ["-c", `${search} 2>/dev/null`]);
  const accounts = await desk.run("sh", ["-c", `${search} 2>&1 >/dev/null`]);
  const values = (text, name) => [...text.matchAll(new RegExp(`^${name} = (.*)$`, "gm"))].map(([, value]) => value);
  return { secrets: values(secrets, "secret"), accounts: values(accounts, "attribute\\.username") };
}

/** The app lives in these folders: while they are listed, some of them go. */
function filesBelow(folder) {
  const list = () => readdirSync(folder, { recursive: true, withFileTypes: true });
  let all;
  while (!all) all = existsSync(folder) ? ifThere(list) : list();
  return all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** What `read` makes of a file; nothing when that has gone meanwhile. */
function ifThere(read) {
  try {
    return read();
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Files that hold `secret`, as text or as the base64 of it. */
function filesWith(folder, secret) {
  const forms = [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")].map((form) => Buffer.from(form));
  return filesBelow(folder).filter((path) => {
    const bytes = ifThere(() => readFileSync(path));
    return bytes && forms.some((form) => bytes.includes(form));
  });
}

/** Arguments of all processes. */
function processArguments() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  });
}

/** Files that somebody else may read. */
function open(folder) {
  return filesBelow(folder).filter((path) => (ifThere(() => statSync(path).mode) & 0o077) !== 0);
}
