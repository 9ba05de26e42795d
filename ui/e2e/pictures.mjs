//! Takes the pictures of the README: `node ui/e2e/pictures.mjs` with POSTERN_BIN; they go to docs/screenshots. A gateway of its own,
//! a scripted model, and a conversation that could have been.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeBrowser, theBrowser } from './browser.mjs';
import { closeDevices, Device, otherAddress } from './device.mjs';
import { disposeAll, Gateway, TOKEN } from './gateway.mjs';
import { Model } from './model.mjs';
import { App } from './page.mjs';
import { Turn } from './turn.mjs';

const OUT = resolve(dirname(fileURLToPath(import.meta.url)), '../../docs/screenshots');

const BACKUP = `The backup disk is full: the last three nightly runs stopped at **97 %**. Nothing is lost, the older snapshots are intact.

| Folder | Size | Grown since October |
|---|---:|---:|
| photos | 412 GB | + 38 GB |
| projects | 187 GB | + 4 GB |
| mail | 21 GB | + 1 GB |

Most of the growth is one folder of raw videos. This keeps the last eight weeks and drops what is older:

\`\`\`sh
restic forget --keep-weekly 8 --keep-monthly 12 --prune
\`\`\`

Shall I run it? It asks you first, and it would free about 60 GB.`;

const TALKS = [
  [
    'What should I cook tonight? There are leeks and potatoes.',
    'A leek and potato soup. Half an hour, one pot.',
  ],
  ['Summarise the minutes of Tuesday', 'Three decisions, two open questions. The budget is settled.'],
  ['Why did the backup stop last night?', BACKUP],
];

async function talk(app, model) {
  for (const [index, [question, answer]] of TALKS.entries()) {
    if (index > 0) await app.newConversation();
    model.pushFor(question, Turn.say(answer));
    await app.say(question);
    await app.answered(answer.slice(-24));
  }
}

/** One picture; the pointer is out of the way and nothing is typed in. */
async function picture(app, name) {
  await app.settled();
  await app.page.mouse.move(0, 0);
  await app.page.screenshot({ path: join(OUT, `${name}.png`) });
}

async function takeAll() {
  mkdirSync(OUT, { recursive: true });
  const model = await Model.start();
  const gateway = await Gateway.start({ config: model.config({}), args: ['--bind', 'lan'] });
  const browser = await theBrowser();
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const app = new App({ page, context, seen: {} }, gateway.origin);
    await app.page.goto(`${gateway.origin}/#token=${TOKEN}`);
    await app.composer.waitFor();
    await app.visit('chat');
    if (colorScheme === 'light') await talk(app, model);
    else await app.page.getByText('Why did the backup stop').first().click();
    await app.answered('60 GB');
    await picture(app, `chat-${colorScheme}`);
    const device = Device.node('Kitchen phone');
    const request = await device.ask(`ws://${otherAddress()}:${gateway.port}`, { auth: { token: TOKEN } });
    for (const place of ['overview', 'devices']) {
      await app.visit(place);
      await picture(app, `${place}-${colorScheme}`);
    }
    await gateway.cli('devices', 'reject', request);
    await context.close();
  }
  await closeBrowser();
  await closeDevices();
  await disposeAll();
  await model.close();
}

await takeAll();
