//! German is complete: what a page says in English is nowhere said in German, except words that both have.
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { PAGES } from './page.mjs';
import { stage } from './stage.mjs';

/** What is the same in both languages: names, words of the trade, and what is data. */
const SHARED = [
  /^(Postern|Chat|Agents?|Name|Status|Version|Tokens?|System|Code|QR|Browser|Host|Port|IP|ID|URL|OK|Cache|Gateway|Heartbeat)$/,
  /^(Tailscale|Text|Update|Backup|stable|~\/\.openclaw)$/,
  /^(Nodes?|Administrator|Operator|linux|MIT|Apache-2\.0|Deutsch|English|Modell\w*|main|Main|Assistant|operator|node)$/,
  /^(Ollama|LM Studio|Anthropic|OpenAI|Google Gemini|OpenRouter|DeepSeek|Groq|Mistral|xAI)$/,
  /^fake\b|fake\/echo|^echo-\d$|\d{2}/,
  new RegExp(`^${hostname()}$`),
];

const { test } = stage();

test('German says nothing in English', async ({ enter, gateway }) => {
  await gateway.cli('agent', '--message', 'echo 0815');
  const [english, german] = [await enter({ locale: 'en-GB' }), await enter({ locale: 'de-DE' })];
  const left = [];
  for (const name of [...Object.keys(PAGES), 'welcome']) {
    const texts = await Promise.all([english, german].map((app) => said(app, name)));
    const both = [...texts[1]].filter(
      (text) => texts[0].has(text) && /[a-z]{2}/i.test(text) && !SHARED.some((same) => same.test(text)),
    );
    left.push(...both.map((text) => `${name}: ${text}`));
    assert.ok(texts[1].size > 5, `${name} says nothing`);
  }
  assert.deepEqual(left, []);
  assert.equal(await german.page.getAttribute('html', 'lang'), 'de');
});

test('the sign-in speaks the language of the browser', async ({ browse }) => {
  const app = await browse({ locale: 'de-DE' });
  await app.page.getByRole('button', { name: /^(anmelden|verbinden)$/i }).waitFor();
});

/** Every text, name and hint on a page. */
async function said(app, name) {
  await app.visit(name);
  await app.settled();
  return new Set(
    await app.page.evaluate(() => {
      const texts = [];
      const apart = '[lang]:not(html),code,pre,time,[role=log],script,style,[data-user-text]';
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!element.closest(apart)) texts.push(walker.currentNode.data);
      }
      for (const attribute of ['aria-label', 'placeholder', 'title', 'alt', 'aria-description']) {
        for (const element of document.querySelectorAll(`[${attribute}]`))
          if (!element.closest('[lang]:not(html)')) texts.push(element.getAttribute(attribute));
      }
      return texts.map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean);
    }),
  );
}
