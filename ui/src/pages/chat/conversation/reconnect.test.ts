import { beforeEach, describe, expect, it } from 'vitest';
import { Conversation } from './conversation';
import {
  SESSION,
  call,
  chat,
  delta,
  message,
  outgoing,
  page,
  row,
  said,
  shown,
  start,
  told,
} from './fixture';

let talk: Conversation;

beforeEach(() => {
  talk = new Conversation();
});

describe('a page that is opened in the middle of an answer', () => {
  const asked = message('user', 1, 'r', 'go');

  it('goes on from what was said', () => {
    talk.page(page([asked], { inFlightRun: { runId: 'r', text: 'Hello', startedAt: 7 } }));
    talk.hearChat(delta('r', ' world'));
    expect(shown(talk)).toEqual(['u:r done go', 'a:r streaming Hello world▍']);
  });

  it.each([
    ['Hello world', 'all pieces are in it'],
    ['Hello wor', 'some are'],
    ['Hello', 'none is'],
  ])('says no piece twice that came while history was read: %s', (known) => {
    talk.hearChat(delta('r', ' wor'));
    talk.hearChat(delta('r', 'ld'));
    expect(
      talk
        .items()
        .map((item) => told(item.parts))
        .join(''),
    ).not.toContain('wor');
    talk.page(page([asked], { inFlightRun: { runId: 'r', text: known } }));
    expect(shown(talk)[1]).toBe('a:r streaming Hello world▍');
  });

  it('waits for words when none were said', () => {
    talk.page(page([asked], { inFlightRun: { runId: 'r' } }));
    expect(shown(talk)[1]).toBe('a:r streaming');
  });

  it('does not repeat the words of a step that is written down while its tools work', () => {
    const step = message('assistant', 2, 'r', [{ type: 'text', text: 'Let me see.' }, call('t')]);
    talk.page(page([asked, step], { inFlightRun: { runId: 'r', text: 'Let me see.' } }));
    expect(shown(talk)[1]).toBe('a:r streaming Let me see. [exec running]');
    talk.hearChat(delta('r', 'Done', { replace: true }));
    expect(shown(talk)[1]).toBe('a:r streaming Let me see. [exec running] Done▍');
  });

  it('tells of an answer that failed or was interrupted before its first word', () => {
    const lost = { lastRunId: 'r', lastRunError: 'no key', status: 'failed' as const };
    talk.page(page([asked], { sessionInfo: row(lost) }));
    expect(talk.items()[1]).toMatchObject({ key: 'a:r', kind: 'error', state: 'failed', error: 'no key' });
    talk.page(page([asked], { sessionInfo: row({ lastRunId: 'r', status: 'killed' }) }));
    expect(talk.items()[1]).toMatchObject({ key: 'a:r', state: 'aborted' });
    talk.hearMessage(said(message('user', 2, 'q', 'again')));
    expect(talk.items().map((item) => item.key)).toEqual(['u:r', 'u:q']);
  });
});

describe('a page that was read before the newest messages', () => {
  const asked = message('user', 1, 'r', 'go');
  const answer = message('assistant', 2, 'r', 'Hello world');
  const underWay = { sessionInfo: row({ hasActiveRun: true, activeRunIds: ['r'] }) };
  const whole = ['u:r done go', 'a:r done Hello world'];

  it('keeps the answer that was told meanwhile', () => {
    talk.doubt();
    talk.hearAgent(start('r'));
    talk.hearChat(delta('r', 'Hello'));
    talk.hearMessage(said(answer));
    talk.hearChat(chat('r', 'final', { message: answer }));
    talk.page(page([asked], { inFlightRun: { runId: 'r', text: 'Hello' }, ...underWay }));
    expect(shown(talk)).toEqual(whole);
    expect(talk.isAnswering).toBe(false);
  });

  it('keeps it when only the end of the run told it, before anything was known of the session', () => {
    talk.doubt();
    talk.hearChat(delta('r', 'Hello'));
    talk.hearChat(chat('r', 'final', { message: answer }));
    talk.page(page([asked], underWay));
    expect(shown(talk)).toEqual(whole);
  });

  it('keeps it when everything is read anew', () => {
    talk.page(page([message('user', 1, 'o', 'old')]));
    talk.doubt();
    talk.hearMessage(said(message('assistant', 4, 'r', 'Hello world')));
    talk.page(page([message('user', 3, 'r', 'go')]), true);
    expect(shown(talk)).toEqual(whole);
  });

  it('keeps what was told of the session that begins with it, and nothing of the one before', () => {
    talk.page(page([message('user', 1, 'o', 'old')]));
    talk.doubt();
    talk.hearMessage(said(message('assistant', 2, 'o', 'late')));
    talk.hearChat(chat('o', 'final', { message: message('assistant', 2, 'o', 'late') }));
    talk.hearMessage({ ...said(asked), sessionId: 's-2' });
    talk.hearMessage({ ...said(answer), sessionId: 's-2' });
    talk.page(page([], { sessionId: 's-2' }), true);
    expect(shown(talk)).toEqual(whole);
  });

  it('keeps nothing that was known before reading began', () => {
    talk.hearMessage(said(message('user', 9, 'o', 'old')));
    talk.doubt();
    talk.page(page([asked, answer]), true);
    expect(shown(talk)).toEqual(whole);
  });
});

describe('a lost connection', () => {
  beforeEach(() => {
    talk.page(page([message('user', 1, 'r', 'go')]));
    talk.hearAgent(start('r'));
    talk.hearChat(delta('r', 'One two'));
  });

  const active = { sessionInfo: row({ hasActiveRun: true, activeRunIds: ['r'] }) };

  it('keeps what streams on the screen and goes on exactly', () => {
    const key = talk.items()[1]?.key;
    talk.doubt();
    expect(shown(talk)[1]).toBe('a:r streaming One two▍');
    talk.hearChat(delta('r', ' five'));
    expect(shown(talk)[1]).toBe('a:r streaming One two▍');
    talk.missed({
      kind: 'delta',
      messages: [],
      deltaCursor: 'd',
      pendingInputs: { items: [], total: 0 },
      sessionInfo: active.sessionInfo,
      inFlightRun: { runId: 'r', text: 'One two three four five' },
    });
    expect(shown(talk)[1]).toBe('a:r streaming One two three four five▍');
    talk.hearChat(delta('r', ' six'));
    expect(talk.items()[1]).toMatchObject({ key, state: 'streaming' });
    expect(shown(talk)[1]).toContain('five six');
    expect(talk.cursor).toBe('d');
  });

  it('shows the end of an answer that ended meanwhile, in the same place', () => {
    talk.doubt();
    talk.page(page([message('user', 1, 'r', 'go'), message('assistant', 2, 'r', 'One two three.')]));
    expect(shown(talk)).toEqual(['u:r done go', 'a:r done One two three.']);
    expect(talk.isAnswering).toBe(false);
  });

  it('keeps half an answer of which nothing was written down', () => {
    talk.doubt();
    talk.page(
      page([message('user', 1, 'r', 'go')], { sessionInfo: row({ lastRunId: 'r', status: 'killed' }) }),
    );
    expect(talk.isAnswering).toBe(false);
    expect(shown(talk)[1]).toBe('a:r aborted One two');
  });

  it('puts what the gateway notes about an interruption after the words it is about', () => {
    const note = message('system', 2, 'r', 'This message was interrupted.');
    talk.doubt();
    const sessionInfo = row({ lastRunId: 'r', status: 'killed' });
    talk.page(page([message('user', 1, 'r', 'go'), note], { sessionInfo }));
    expect(shown(talk)).toEqual([
      'u:r done go',
      'a:r aborted One two',
      'm:m2 done This message was interrupted.',
    ]);
    const fresh = new Conversation();
    fresh.page(page([message('user', 1, 'r', 'go'), note], { sessionInfo }));
    expect(fresh.items().map((item) => [item.key, item.state])).toEqual([
      ['u:r', 'done'],
      ['a:r', 'aborted'],
      ['m:m2', 'done'],
    ]);
  });

  it('does not end a run that began while history was read', () => {
    talk.doubt();
    talk.hearAgent(start('n'));
    talk.hearChat(delta('n', 'new'));
    talk.page(page([message('user', 1, 'r', 'go'), message('assistant', 2, 'r', 'x')]));
    expect(talk.liveRuns).toEqual(['n']);
    talk.hearChat(delta('n', ' words'));
    expect(shown(talk).at(-1)).toContain('new words');
  });

  it('forgets queued messages that are neither waiting nor said', () => {
    talk.add(outgoing('b', { state: 'accepted' }));
    talk.add(outgoing('c', { state: 'waiting' }));
    talk.doubt();
    talk.page(page([message('user', 1, 'r', 'go')], active));
    expect(talk.outgoing.map((one) => one.key)).toEqual(['c']);
  });

  it('shows what waits on the gateway, also from other windows, once', () => {
    const item = {
      id: 'p',
      runId: 'b',
      message: message('user', 0, 'b', 'later'),
      acceptedAt: 5,
      state: 'queued' as const,
    };
    const pendingInputs = { items: [item], total: 1 };
    const sessionInfo = row({ hasActiveRun: true, activeRunIds: ['r', 'b'] });
    for (let n = 0; n < 2; n += 1) {
      talk.doubt();
      talk.page(
        page([message('user', 1, 'r', 'go')], {
          sessionInfo,
          inFlightRun: { runId: 'r', text: 'One two' },
          pendingInputs,
        }),
      );
    }
    expect(shown(talk)).toEqual(['u:r done go', 'a:r streaming One two▍', 'u:b queued later']);
  });

  it('ignores messages of another transcript', () => {
    talk.hearMessage({ ...said(message('user', 2, 'q', 'old')), sessionId: 'other' });
    expect(talk.items()).toHaveLength(2);
    expect(talk.sessionId).toBe(SESSION);
  });
});
