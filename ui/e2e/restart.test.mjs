//! The gateway goes away and comes back: the page says so, comes back by itself, and nothing is lost, doubled or jumps.
import assert from 'node:assert/strict';
import { stage } from './stage.mjs';
import { Turn } from './turn.mjs';
import { until } from './until.mjs';

const { test } = stage();

test('after a restart the page is back with its history', async ({ enter, gateway }) => {
  const app = await enter();
  await app.say('echo before the restart');
  await app.answered('before the restart');
  const first = app.socket;
  await gateway.stop();
  await app.banner.waitFor();
  await gateway.launch();
  await until('another connection', () => app.socket && app.socket !== first && app.hello, 30_000);
  await app.banner.waitFor({ state: 'hidden' });
  const asked = () => [...app.socket.calls('chat.history'), ...app.socket.calls('chat.startup')].length > 0;
  await until('the history to be asked for', asked);
  assert.equal(await app.questions.getByText('echo before the restart').count(), 1);
  await app.say('echo after the restart');
  await app.answered('after the restart');
});

test('killed in the middle of an answer: nothing doubled, nothing lost, no jump', async ({
  enter,
  gateway,
  model,
}) => {
  const app = await enter();
  for (const word of ['one', 'two', 'three', 'four', 'five', 'six']) {
    await app.say(`echo ${`the ${word} of many `.repeat(40)}`);
    await app.answered(new RegExp(`the ${word} of many`));
  }
  model.pushFor('be interrupted', new Turn().text('Half of a sentence ').hold().text('never comes.'));
  await app.say('now be interrupted');
  await app.answers.last().getByText('Half of a sentence').waitFor();
  await app.scrollBack(500);
  const place = await app.watchScroll();
  await gateway.restart('SIGKILL');
  await until('another connection', () => app.seen.sockets.length > 1 && app.hello, 30_000);
  await app.stopButton.waitFor({ state: 'hidden' });
  await app.settled();
  assert.deepEqual(await place.moves(), [], 'the conversation moved under the reader');
  const words = ['one', 'two', 'three', 'four', 'five', 'six'].flatMap((word) => [
    `echo the ${word} of`,
    `the ${word} of many`,
  ]);
  const end = ['now be interrupted', 'Half of a sentence', 'This message was not answered'];
  assert.deepEqual(
    await beginnings(app),
    [...words, ...end].map((text) => text.slice(0, 14)),
  );
});

test('what is written while the gateway is away is sent once when it is back', async ({
  enter,
  gateway,
  model,
}) => {
  const app = await enter();
  await app.log.waitFor();
  await gateway.stop();
  await app.banner.waitFor();
  await app.say('echo written in the dark');
  await gateway.launch();
  await app.answered('written in the dark');
  assert.equal(await app.questions.getByText('echo written in the dark').count(), 1);
  assert.equal(model.requests.length, 1);
});

test('a gateway that hangs is noticed, and the page says what it waits for', async ({
  enter,
  gateway,
  tidy,
}) => {
  const app = await enter();
  gateway.freeze();
  tidy.later(() => gateway.thaw());
  await app.say('echo is anybody there');
  await app.page.getByText('echo is anybody there').first().waitFor();
  gateway.thaw();
  await app.answered('is anybody there');
});

/** How the messages begin, the last fifteen of them; on a screen that is so high that all are drawn. */
async function beginnings(app) {
  await app.page.setViewportSize({ width: 1280, height: 9_000 });
  await app.settled();
  const drawn = async () =>
    (await app.log.getByRole('article').allInnerTexts()).map((text) => text.trim().slice(0, 14));
  return (await until('all messages', async () => (await drawn()).length >= 15 && drawn())).slice(-15);
}
