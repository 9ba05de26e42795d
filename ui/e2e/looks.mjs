//! Looking at a page as it is shown: pictures in every width, what axe objects to, what is too wide.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { artefact } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [
  [320, 640],
  [768, 1024],
  [1440, 900],
  [2560, 1440],
];
/** Markup does not change with the width, so axe looks where the layout is another. */
const AXE_WIDTHS = [320, 1440];

/** Keeps pictures of what is shown in every width; resolves with what is wrong with it. */
export async function looked(app, name, colorScheme) {
  const wrong = [];
  for (const [width, height] of WIDTHS) {
    await app.page.setViewportSize({ width, height });
    await app.settled();
    await app.screenshot(artefact('screenshots', `${name}-${colorScheme}-${width}.png`));
    const found = [...(await tooWide(app)), ...(AXE_WIDTHS.includes(width) ? await violations(app) : [])];
    wrong.push(...found.map((text) => `${name} at ${width} px: ${text}`));
  }
  return wrong;
}

/** What makes the page wider than the window. */
function tooWide(app) {
  return app.page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > limit + 1,
    );
    return [
      `${document.documentElement.scrollWidth} > ${limit}`,
      ...wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)),
    ];
  });
}

/** What axe objects to. */
async function violations(app) {
  await app.page.evaluate(AXE);
  const found = await app.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
  });
  return found;
}
