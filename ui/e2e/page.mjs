//! The web app as a person uses it: everything is found by its role and its accessible name.
import assert from 'node:assert/strict';
import { readEverything } from './stored.mjs';
import { STEP_MS, until } from './until.mjs';

/** A picture of eight by eight pixels. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGP4z8CAFWEXHbQSACj/P8FHxmrgAAAAAElFTkSuQmCC';

/** All pages and the names they have in the navigation. */
export const PAGES = {
  chat: 'Chat',
  overview: 'Overview',
  devices: 'Devices',
  approvals: 'Approvals',
  sessions: 'Sessions',
  agents: 'Agents',
  models: 'Models',
  usage: 'Usage',
  remote: 'Remote access',
  config: 'Configuration',
  logs: 'Logs',
  doctor: 'Doctor',
  backup: 'Backup',
  update: 'Update',
  about: 'About',
};

export class App {
  /** Origins that the page may talk to. */
  origins;
  /** Texts of errors that a test has brought about on purpose. */
  expected = [];
  /** Connections of pages that were left: the browser tells late that they are closed. */
  #left = new Set();

  constructor({ page, context, seen }, origin) {
    this.page = page;
    this.context = context;
    this.seen = seen;
    this.origin = origin;
    this.origins = [origin, origin.replace(/^http/, 'ws')];
  }

  // Signing in

  get token() {
    return this.page.getByLabel('Gateway token or password');
  }

  async signIn(token) {
    await this.token.fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  async signInWithCode(code) {
    await this.page.getByRole('button', { name: 'Use a setup code instead' }).click();
    await this.page.getByLabel('Setup code').fill(code);
    await this.page.getByRole('button', { name: 'Use setup code' }).click();
  }

  async signOut() {
    await this.page.getByRole('button', { name: 'Appearance' }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out of this browser' }).click();
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: /sign out/i })
      .click();
  }

  /** Waits until the page is signed in and shows the chat or whatever it was asked for. */
  async online() {
    await this.page.getByRole('navigation').first().waitFor();
    await until('hello-ok on the page', () => this.socket && this.hello);
  }

  /** The connection that is open now. */
  get socket() {
    return this.seen.sockets.findLast((socket) => !socket.closed && !this.#left.has(socket));
  }

  /** hello-ok of this connection. */
  get hello() {
    const answered = ({ from, type, payload }) =>
      from === 'gateway' && type === 'res' && payload?.type === 'hello-ok';
    return this.socket?.frames.find(answered)?.payload;
  }

  // Going about

  async goto(path) {
    const { hash } = new URL(path, this.origin);
    // The chat names its conversation in the address as soon as it knows it; that may cross a change of place.
    await until(`the page to be at ${path}`, async () => {
      await this.page.goto(this.origin + path);
      return hash.startsWith('#token') || (await this.page.evaluate(() => location.hash)).startsWith(hash);
    });
  }

  async reload() {
    this.#left = new Set(this.seen.sockets);
    await this.page.reload();
  }

  async visit(name) {
    await this.goto(`/#/${name}`);
    await this.page.getByRole('main').getByRole('heading', { level: 1 }).first().waitFor();
  }

  // Talking

  get composer() {
    return this.page.getByRole('textbox', { name: 'Message', exact: true });
  }

  async say(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** The conversation. */
  get log() {
    return this.page.getByRole('log');
  }

  /** What the user said, oldest first. */
  get questions() {
    return this.log.getByRole('article', { name: /^you/i });
  }

  /** What the agent said, oldest first. */
  get answers() {
    return this.log.getByRole('article', { name: /^(?!you)/i });
  }

  /** Waits until the last answer has this text and is not being written any more. */
  async answered(text) {
    await this.answers.last().getByText(text).first().waitFor();
    await this.stopButton.waitFor({ state: 'hidden' });
  }

  get stopButton() {
    return this.page.getByRole('button', { name: 'Stop answer' });
  }

  get retryButton() {
    return this.log.getByRole('button', { name: 'Try again' }).last();
  }

  /** The message about an answer that did not come. */
  get failure() {
    return this.log
      .getByRole('article')
      .filter({ has: this.page.getByRole('button', { name: 'Try again' }) })
      .last();
  }

  async newConversation() {
    await this.page.getByRole('button', { name: 'New conversation' }).first().click();
    await this.questions.first().waitFor({ state: 'hidden' });
  }

  async searchConversations(words) {
    await this.page.getByRole('searchbox', { name: 'Search conversations' }).fill(words);
  }

  /** Pastes a small picture into the message. */
  async pastePicture() {
    await this.composer.evaluate((element, base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, PICTURE);
  }

  /** Scrolls the conversation up by so many pixels, as a wheel does. */
  async scrollBack(pixels) {
    await this.log.hover();
    await this.page.mouse.wheel(0, -pixels);
    await this.page.getByRole('button', { name: /latest message|new messages/i }).waitFor();
    // The wheel's way takes some frames.
    await this.log.evaluate((log) => {
      const stands = (done, before) => {
        if (log.scrollTop === before) done();
        else requestAnimationFrame(stands.bind(null, done, log.scrollTop));
      };
      return new Promise((done) => stands(done));
    });
  }

  /** Watches where the first visible message stands; `moves()` are the places that it was seen at besides the first. */
  async watchScroll() {
    await this.log.evaluate((log) => {
      const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
      const all = [...log.querySelectorAll('article')];
      const anchor = all.findLast((article) => article.getBoundingClientRect().top < middle);
      const text = anchor.innerText.slice(0, 80);
      const place = () => {
        const found = [...log.querySelectorAll('article')].find(
          (each) => each.innerText.slice(0, 80) === text,
        );
        return found ? Math.round(found.getBoundingClientRect().top) : 'gone';
      };
      window.seenPlaces = [place()];
      const look = () => {
        const now = place();
        const before = window.seenPlaces.at(-1);
        // What is drawn between two frames nobody sees; a pixel is rounding.
        if (now === 'gone' || before === 'gone' || Math.abs(now - before) > 1) window.seenPlaces.push(now);
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    return { moves: () => this.page.evaluate(() => window.seenPlaces.slice(1)) };
  }

  // Being asked

  /** The requests in the corner. */
  get prompts() {
    return this.page.getByRole('region', { name: 'Requests that wait for you' });
  }

  /** The request that says this. */
  prompt(text) {
    return this.prompts.getByRole('article').filter({ hasText: text });
  }

  /**
   * Presses a button of a request until it is gone: right after a request has come or moved its buttons rest for a moment, so that
   * no click is taken for an answer to something else.
   */
  async decide(text, button) {
    const prompt = this.prompt(text);
    await prompt.waitFor();
    await until(`the request "${text}" to be answered`, async () => {
      if (!(await prompt.isVisible())) return true;
      await prompt
        .getByRole('button', { name: button, exact: true })
        .click({ timeout: 1_000 })
        .catch(() => {});
      return undefined;
    });
  }

  /** Presses `button` until `done`; see `decide`. */
  async insist(what, button, done) {
    await until(what, async () => {
      await button.click({ timeout: 500 }).catch(() => {});
      return done();
    });
  }

  /** The row that says why the page is not connected. */
  get banner() {
    return this.page.getByRole('status').filter({ hasText: 'Not connected.' });
  }

  // Looking

  async screenshot(path) {
    await this.page.screenshot({ path, animations: 'disabled' });
  }

  /** Waits until nothing is loading and nothing moves. */
  async settled() {
    await this.until('the end of loading', () => {
      const busy = document.querySelectorAll('[aria-busy="true"],[role="progressbar"]').length;
      const moving = document
        .getAnimations()
        .filter(
          ({ playState, effect }) => playState === 'running' && effect?.getTiming().iterations !== Infinity,
        );
      return busy === 0 && moving.length === 0 && document.fonts.status === 'loaded';
    });
  }

  /** Waits until `probe`, which runs in the page, is true. */
  async until(what, probe, argument) {
    await until(what, () => this.page.evaluate(probe, argument), STEP_MS);
  }

  /** Everything in web storage, IndexedDB and cookies that can be read as text. */
  async stored() {
    return this.page.evaluate(readEverything);
  }

  async sawNo(text) {
    assert.equal(await this.page.getByText(text).count(), 0, `"${text}" is on the page`);
  }
}
