//! The package that `make desktop` made, where it did: unpacked into a folder of its own, it brings app, command and links.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../../ui/e2e/until.mjs";
import { desktopTest } from "./stage.mjs";

const TARGET = resolve(process.env.CARGO_TARGET_DIR ?? join(dirname(fileURLToPath(import.meta.url)), "../../target"));
const PACKAGE = process.env.POSTERN_DEB ?? newest(join(TARGET, "dist"));

if (PACKAGE) {
  desktopTest("the package brings the app, the command and the links", {}, async ({ desk }, context) => {
    const root = join(desk.folder, "root");
    await desk.run("dpkg-deb", ["-x", PACKAGE, root]);
    const fields = await desk.run("dpkg-deb", ["-f", PACKAGE]);
    context.diagnostic(`${PACKAGE}: ${(statSync(PACKAGE).size / 1e6).toFixed(1)} MB`);
    for (const needed of ["libwebkit2gtk-4.1-0", "libgtk-3-0", "appindicator3-1"]) assert.ok(fields.includes(needed), fields);
    const version = /^Version: (.*)$/m.exec(fields)[1];
    for (const command of ["postern", "postern-desktop"]) {
      assert.match(
        await desk.run(join(root, "usr/bin", command), ["--version"], { env: { PATH: `${root}/usr/bin:/usr/bin:/bin` } }),
        new RegExp(version),
      );
    }
    const entries = join(root, "usr/share/applications");
    const entry = readFileSync(join(entries, readdirSync(entries)[0]), "utf8");
    assert.match(entry, /^MimeType=.*x-scheme-handler\/postern;/m);
    assert.match(entry, /^Icon=(.+)$/m);
  });

  desktopTest("the packaged app starts and serves its page", {}, async ({ desk, start }) => {
    const root = join(desk.folder, "root");
    await desk.run("dpkg-deb", ["-x", PACKAGE, root]);
    const app = await start({ args: ["--hidden"], binary: join(root, "usr/bin/postern-desktop") });
    await until("the tray icon", async () => (await desk.panel("items")).length > 0);
    const page = await fetch(`${app.origin}/`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<script type="module"/);
    await app.choose("Quit (stops the gateway)");
    assert.deepEqual(await app.ended(), { code: 0, signal: null });
  });
} else {
  console.error("package.test.mjs: there is no package in target/dist (`make desktop` makes one), so none is tested");
}

function newest(folder) {
  try {
    const found = readdirSync(folder).filter((name) => name.endsWith(".deb"));
    return found.map((name) => join(folder, name)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  } catch {
    return undefined;
  }
}
