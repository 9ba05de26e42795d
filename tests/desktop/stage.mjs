//! What every test of the desktop suite stands on: a private desktop of its own, the app on it, and their logs when it fails.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { closeDevices } from "../../ui/e2e/device.mjs";
import { merged } from "../../ui/e2e/merged.mjs";
import { Model } from "../../ui/e2e/model.mjs";
import { Tidy } from "../../ui/e2e/tidy.mjs";
import { App } from "./app.mjs";
import { Desk } from "./desk.mjs";

const TEST_MS = 90_000;
const ARTEFACTS = resolve(
  process.env.E2E_ARTEFACTS ?? join(dirname(fileURLToPath(import.meta.url)), "../../target/e2e"),
  "desktop",
);

/** A test; `desk` says what its desktop has (see desk.mjs) and `ms` how long it may take. The body gets `{desk, start, tidy, model, configure}`. */
export function desktopTest(name, { ms = TEST_MS, ...desk }, body) {
  test(name, { timeout: ms }, (context) => played(name, desk, body, context));
}

async function played(name, options, body, context) {
  const tidy = new Tidy();
  const apps = [];
  try {
    const desk = await Desk.start(options);
    tidy.later(() => desk.dispose());
    configure(desk, {});
    const cast = {
      desk,
      tidy,
      model: () => model(desk, tidy),
      start: (how) => start(desk, apps, how),
      configure: (config) => configure(desk, config),
    };
    await body(cast, context);
  } catch (error) {
    await explain(name, apps);
    throw error;
  } finally {
    await closeDevices();
    await tidy.run();
  }
}

async function start(desk, apps, how) {
  const app = await App.start(desk, how);
  apps.push(app);
  return app;
}

/** A scripted model that the app's gateway will talk to; before the app is started. */
async function model(desk, tidy) {
  const started = await Model.start();
  tidy.later(() => started.close());
  configure(desk, started.config());
  return started;
}

/** Writes the configuration, unless there is nothing to say. */
function configure(desk, config) {
  // A web app that was built after the gateway: POSTERN_UI_ROOT=ui/dist.
  const root = process.env.POSTERN_UI_ROOT;
  const whole = merged(config, root ? { gateway: { controlUi: { root: resolve(root) } } } : {});
  if (Object.keys(whole).length === 0) return;
  mkdirSync(join(desk.home, ".postern"), { recursive: true, mode: 0o700 });
  writeFileSync(join(desk.home, ".postern/postern.json"), JSON.stringify(whole), { mode: 0o600 });
}

async function explain(name, apps) {
  for (const app of apps) {
    console.error(
      `--- what the app said, when "${name}" failed\n${app.said.slice(-4000)}\n--- its log\n${app.log().slice(-4000)}`,
    );
    await keepPicture(app, `failure ${name}`);
  }
}

/** Keeps a picture of the window, where there is one. */
export async function keepPicture(app, name) {
  const picture = await app.window?.screenshot().catch(() => undefined);
  if (!picture) return;
  mkdirSync(ARTEFACTS, { recursive: true });
  writeFileSync(join(ARTEFACTS, `${name.replace(/\W+/g, "-")}.png`), picture);
}
