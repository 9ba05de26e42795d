//! Talking: what was said is there, answers stream, can be stopped and asked for again; nothing a model says runs.
import assert from 'node:assert/strict';
import { stage } from './stage.mjs';
import { lastWords } from './model.mjs';
import { Turn } from './turn.mjs';
import { until } from './until.mjs';

const { test } = stage();

test('the history comes over the socket', async ({ enter, gateway }) => {
  await gateway.cli('agent', '--message', 'echo what was said before');
  const app = await enter();
  await app.questions.getByText('echo what was said before').first().waitFor();
  await app.answers.getByText('what was said before').first().waitFor();
  const [call] = [...app.socket.calls('chat.startup'), ...app.socket.calls('chat.history')];
  assert.ok(call, 'the page asked for no history');
  assert.ok(app.socket.answer(call).ok);
});

test('a message goes out as chat.send and its answer appears while it is written', async ({
  enter,
  model,
}) => {
  model.pushFor('a streamed answer', new Turn().text('The first half ').hold().text('and the second half.'));
  const app = await enter();
  await app.say('please, a streamed answer');
  await app.answers.last().getByText('The first half').waitFor();
  await app.sawNo('second half');
  await app.stopButton.waitFor();
  model.release();
  await app.answered('The first half and the second half.');
  const [sent] = app.socket.calls('chat.send');
  assert.equal(sent.params.message, 'please, a streamed answer');
  assert.ok(sent.params.idempotencyKey);
  await app.reload();
  await app.answered('The first half and the second half.');
});

test('stopping ends the answer here and at the provider, and keeps what was said', async ({
  enter,
  model,
}) => {
  model.pushFor('go on and on', new Turn().text('It begins ').hold().text('and never ends.'));
  const app = await enter();
  await app.say('go on and on');
  await app.answers.last().getByText('It begins').waitFor();
  await app.stopButton.click();
  await app.stopButton.waitFor({ state: 'hidden' });
  const request = await model.asked('go on and on');
  await until('the provider to be hung up on', () => request.outcome === 'dropped');
  await app.answers.last().getByText('It begins').waitFor();
  assert.equal(app.socket.calls('chat.abort').length, 1);
  await app.say('echo and now for something else');
  await app.answered('and now for something else');
});

for (const [status, words] of [
  [401, /key|sign in|refused/i],
  [429, /limit|busy|later/i],
  [500, /error|failed/i],
]) {
  test(`an answer that fails with ${status} says why and can be asked for again`, async ({
    enter,
    model,
  }) => {
    // As often as the gateway tries by itself.
    for (let n = 0; n < 12; n += 1) model.pushFor(`fails with ${status}`, Turn.error(status));
    const app = await enter();
    await app.say(`this fails with ${status}`);
    await app.failure.getByText(words).first().waitFor({ timeout: 30_000 });
    model.reset();
    model.pushFor(`fails with ${status}`, Turn.say(`It works after ${status}.`));
    await app.retryButton.click();
    await app.answered(`It works after ${status}.`);
  });
}

test('an answer that breaks off says so', async ({ enter, model }) => {
  for (let n = 0; n < 12; n += 1) model.pushFor('break off', new Turn().text('It breaks ').cut());
  const app = await enter();
  await app.say('please break off');
  await app.failure.getByText(/broke off/).waitFor({ timeout: 30_000 });
});

test('a picture that is pasted is shown and reaches the model', async ({ enter, model }) => {
  const app = await enter();
  await app.pastePicture();
  await app.page.getByRole('button', { name: /^remove .*pasted/i }).waitFor();
  await app.say('echo what do you see');
  await app.answered('what do you see');
  const { body } = await model.asked('what do you see');
  const parts = body.messages.at(-1).content;
  assert.ok(
    Array.isArray(parts) && parts.some(({ type }) => type === 'image_url'),
    JSON.stringify(parts).slice(0, 200),
  );
});

test('thoughts are folded away and can be read', async ({ enter, model }) => {
  model.pushFor(
    'think first',
    new Turn().thinking('First one.\n\nA quiet thought.\n\nThen another one.').text('And the answer.'),
  );
  const app = await enter();
  await app.say('think first');
  await app.answered('And the answer.');
  const thought = app.answers.last().getByRole('paragraph').filter({ hasText: 'A quiet thought.' });
  assert.equal(await thought.count(), 0);
  await app.answers
    .last()
    .getByRole('button', { name: /^thought/i, expanded: false })
    .click();
  await thought.waitFor();
});

test('a message that is sent while an answer is written waits its turn', async ({ enter, model }) => {
  model.pushFor('the first question', new Turn().text('First ').hold().text('answer.'));
  model.pushFor('the second question', Turn.say('Second answer.'));
  const app = await enter();
  await app.say('the first question');
  await app.answers.last().getByText('First').waitFor();
  await app.say('the second question');
  await app.page.getByText('the second question').first().waitFor();
  model.release();
  await app.answered('Second answer.');
  assert.equal(await app.page.getByText('First answer.').count(), 1);
  assert.equal(await app.questions.getByText('the second question').count(), 1);
});

test('two windows show the same conversation as it grows', async ({ enter, model }) => {
  model.pushFor('for both of us', new Turn().text('Seen ').hold().text('by both.'));
  const [one, other] = [await enter(), await enter()];
  await one.say('for both of us');
  await other.answers.last().getByText('Seen').waitFor();
  model.release();
  for (const app of [one, other]) await app.answered('Seen by both.');
  assert.equal(await other.questions.getByText('for both of us').count(), 1);
});

test('a new conversation starts empty and is found again', async ({ enter, model }) => {
  const app = await enter();
  await app.newConversation();
  await app.say('echo the mating habits of herons');
  await app.answered('the mating habits of herons');
  await model.asked('the mating habits of herons');
  await app.reload();
  await app.answered('the mating habits of herons');
  await app.searchConversations('herons');
  await app.page
    .getByRole('link', { name: /herons/i })
    .first()
    .waitFor();
});

const PAYLOADS = [
  '<img src=x onerror="window.hurt=1">',
  '<script>window.hurt=1</script>',
  '<svg onload="window.hurt=1"><animate onbegin="window.hurt=1" attributeName="x" dur="1s"/></svg>',
  '[click](javascript:window.hurt=1)',
  '[click](JaVa\tScRiPt:window.hurt=1)',
  '[click](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaHVydD0xPC9zY3JpcHQ+)',
  '![x](https://tracker.example/pixel.png)',
  '![x](javascript:window.hurt=1)',
  '<iframe srcdoc="<script>parent.hurt=1</script>"></iframe>',
  '<form action="https://evil.example/"><button>send</button></form>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<a href="https://evil.example/" target="_top" onclick="window.hurt=1">link</a>',
  '<style>body{display:none}</style>',
  '<div style="position:fixed;inset:0;background:url(https://evil.example/x)">cover</div>',
  '<math><mtext><table><mglyph><style><img src=x onerror="window.hurt=1">',
  '```html\n<img src=x onerror="window.hurt=1">\n```',
  '```"><img src=x onerror="window.hurt=1">\nx\n```',
  '<details open ontoggle="window.hurt=1"><summary>x</summary></details>',
  '<input autofocus onfocus="window.hurt=1">',
  '<object data="data:text/html,<script>parent.hurt=1</script>"></object>',
  '| a | <img src=x onerror="window.hurt=1"> |\n|---|---|\n| b | [c](vbscript:x) |',
];

test('nothing that a model says runs, loads or covers the page', async ({ enter, model }) => {
  model.pushFor('attack me', Turn.say(`${PAYLOADS.join('\n\n')}\n\nThe end of the attack.`));
  const app = await enter();
  await app.say('attack me');
  await app.answered('The end of the attack.');
  await unharmed(app);
  for (const link of await app.answers.last().getByRole('link').all()) {
    const href = await link.getAttribute('href');
    assert.match(href, /^(https?:|mailto:)/, 'a link of the model');
    assert.match((await link.getAttribute('rel')) ?? '', /noreferrer/);
  }
  await app.reload();
  await app.answered('The end of the attack.');
  await unharmed(app);
});

test('what the user, the model and the names of conversations say is text', async ({ enter, model }) => {
  const app = await enter();
  await app.newConversation();
  await app.say('<img src=x onerror="window.hurt=1"> echo me');
  const { body } = await model.asked('echo me');
  assert.match(lastWords(body.messages), /<img src=x/);
  await app.page.getByText('<img src=x onerror="window.hurt=1"> echo me').first().waitFor();
  for (const page of ['sessions', 'overview']) {
    await app.visit(page);
    await unharmed(app);
  }
});

async function unharmed(app) {
  const found = await app.page.evaluate(() => ({
    hurt: window.hurt,
    shown: getComputedStyle(document.body).display,
    foreign: [
      ...document.querySelectorAll(
        'iframe,object,embed,script:not([src]),base,meta[http-equiv],form[action]',
      ),
    ].length,
    handlers: [...document.querySelectorAll('*')]
      .flatMap((element) => element.getAttributeNames())
      .filter((name) => /^on/.test(name)),
  }));
  assert.deepEqual(found, { hurt: undefined, shown: found.shown, foreign: 0, handlers: [] });
  assert.notEqual(found.shown, 'none');
}
