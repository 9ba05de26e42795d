import { beforeEach, describe, expect, it } from 'vitest';
import type { ContentBlock } from '../../../lib/gateway/protocol.gen';
import { Conversation } from './conversation';
import { SESSION, agent, chat, delta, message, page, row, said, start, told, tool, whole } from './fixture';
import type { Outgoing } from './outbox';

let talk: Conversation;

function shown(): string[] {
  return talk.items().map((item) => `${item.key} ${item.state} ${told(item.parts)}`.trim());
}

function outgoing(key: string, more: Partial<Outgoing> = {}): Outgoing {
  const text = `text of ${key}`;
  return { key, text, attachments: [], parts: [{ type: 'text', text }], at: 9, state: 'sending', ...more };
}

const call = (id: string, name = 'exec'): ContentBlock => ({
  type: 'toolCall',
  id,
  name,
  arguments: { command: 'ls' },
});

beforeEach(() => {
  talk = new Conversation();
});

describe('history', () => {
  it('shows one item for each message of a person and one for all messages of a run', () => {
    talk.page(
      page([
        message('user', 1, 'r', 'look'),
        message('assistant', 2, 'r', [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'Let me see.' },
          call('t'),
        ]),
        message('toolResult', 3, 'r', 'a.txt', { toolCallId: 't', toolName: 'exec' }),
        message('assistant', 4, 'r', 'One file.'),
        message('assistant', 5, undefined, 'A note from elsewhere.'),
      ]),
    );
    expect(shown()).toEqual([
      'u:r done look',
      'a:r done (hm) Let me see. [exec done: a.txt] One file.',
      'm:m5 done A note from elsewhere.',
    ]);
  });

  it('puts older pages before, says each message once, and keeps items that did not change', () => {
    talk.page(page([message('user', 3, 'b', 'two'), message('assistant', 4, 'b', '2')], { hasMore: true }));
    const before = talk.items();
    expect(talk.olderOffset).toBe(2);
    talk.older(
      page([
        message('user', 1, 'a', 'one'),
        message('assistant', 2, 'a', '1'),
        message('user', 3, 'b', 'two'),
      ]),
    );
    expect(shown()).toEqual(['u:a done one', 'a:a done 1', 'u:b done two', 'a:b done 2']);
    expect(talk.items().slice(2)).toEqual(before);
    expect(talk.items()[3]).toBe(before[1]);
    expect(talk.hasOlder).toBe(false);
  });

  it('keeps the answer whole when a page cuts it, with the same key', () => {
    talk.page(
      page(
        [
          message('toolResult', 3, 'r', 'x', { toolCallId: 't', toolName: 'read' }),
          message('assistant', 4, 'r', 'end'),
        ],
        { hasMore: true },
      ),
    );
    expect(shown()).toEqual(['a:r done [read done: x] end']);
    talk.older(page([message('user', 1, 'r', 'go'), message('assistant', 2, 'r', [call('t', 'read')])]));
    expect(shown()).toEqual(['u:r done go', 'a:r done [read done: x] end']);
  });

  it('drops older messages when there is a hole between them and the newest page', () => {
    talk.page(page([message('user', 1, 'a', 'one')]));
    talk.page(page([message('user', 90, 'z', 'last')], { hasMore: true }));
    expect(shown()).toEqual(['u:z done last']);
    expect(talk.hasOlder).toBe(true);
    talk.page(page([message('user', 91, 'y', 'more')], { hasMore: false }));
    expect(shown()).toEqual(['u:z done last', 'u:y done more']);
    expect(talk.hasOlder).toBe(true);
  });

  it('begins anew after a reset and after compacting', () => {
    talk.page(page([message('user', 1, 'a', 'one')]));
    talk.page(page([message('user', 1, 'b', 'new')], { sessionId: 's-2' }));
    expect(shown()).toEqual(['u:b done new']);
    talk.page(page([message('user', 2, 'c', 'kept')], { sessionId: 's-2' }), true);
    expect(shown()).toEqual(['u:c done kept']);
  });

  it('tells text files apart from words and leaves notes about left-out messages away', () => {
    const note = message('system', 1, undefined, 'left out');
    note.__openclaw = { id: 'omitted-1', seq: 1 };
    const file = 'look\n\n[file: n.txt]\nhi\n[end of file]';
    const picture: ContentBlock[] = [
      { type: 'text', text: file },
      { type: 'image', data: 'QQ==', mimeType: 'image/png' },
    ];
    talk.page(page([note, message('user', 2, 'r', picture)]));
    expect(shown()).toEqual(['u:r done <data:image/png;base64,QQ==> <n.txt> look']);
  });

  it('shows a message in full that was replaced in the middle of an answer', () => {
    const cut = message('assistant', 2, 'r', 'cut …');
    talk.page(page([message('assistant', 1, 'r', 'one'), cut, message('assistant', 3, 'r', 'three')]));
    expect(shown()).toEqual(['a:r done one cut … three']);
    talk.replaceMessage(message('assistant', 2, 'r', 'two'));
    expect(shown()).toEqual(['a:r done one two three']);
  });

  it('keeps the pictures of an own message when it comes back without them', () => {
    talk.page(page([]));
    const parts: Outgoing['parts'] = [
      { type: 'image', src: 'blob:1' },
      { type: 'text', text: 'look' },
    ];
    talk.add(outgoing('r', { parts }));
    const bare: ContentBlock[] = [
      { type: 'text', text: 'look' },
      { type: 'image', mimeType: 'image/png', mediaId: 'x' },
    ];
    talk.hearMessage(said(message('user', 1, 'r', bare)));
    expect(shown()).toEqual(['u:r done <blob:1> look']);
  });

  it('adds up what the answers of a run took and names its model, not the built-in one', () => {
    const usage = { input: 1, output: 2, cacheRead: 0, cacheWrite: 0, totalTokens: 3, cost: { total: 0.5 } };
    const by = { provider: 'fake', model: 'echo-1', usage };
    talk.page(page([message('assistant', 1, 'r', [call('t')], by), message('assistant', 2, 'r', 'x', by)]));
    expect(talk.items()[0]).toMatchObject({
      model: 'fake/echo-1',
      usage: { input: 2, output: 4, total: 6, cost: 1 },
    });
    talk.page(page([message('assistant', 1, 'q', 'hi', { provider: 'postern', model: 'assistant' })]), true);
    expect(talk.items()[0]?.model).toBeUndefined();
  });
});

describe('a run that streams', () => {
  beforeEach(() => {
    talk.page(page([]));
    talk.add(outgoing('r'));
  });

  it('goes from the first word to the stored message under one key', () => {
    expect(shown()).toEqual(['u:r sending text of r']);
    talk.update('r', { state: 'accepted' });
    talk.hearMessage(said(message('user', 1, 'r', 'text of r')));
    expect(shown()).toEqual(['u:r done text of r']);
    talk.hearAgent(start('r'));
    expect(shown()[1]).toBe('a:r streaming');
    talk.hearChat(delta('r', 'Hel', { message: whole('Hel') }));
    talk.hearChat(delta('r', 'lo'));
    expect(shown()[1]).toBe('a:r streaming Hello▍');
    expect(talk.isAnswering).toBe(true);
    const answer = message('assistant', 2, 'r', 'Hello.');
    talk.hearChat(delta('r', '.'));
    talk.hearMessage(said(answer));
    talk.hearChat(chat('r', 'final', { message: answer }));
    expect(shown()).toEqual(['u:r done text of r', 'a:r done Hello.']);
    expect(talk.isAnswering).toBe(false);
  });

  it('shows words before its own message came back, and only once', () => {
    talk.hearChat(delta('r', 'Hi'));
    expect(shown()).toEqual(['u:r sending text of r', 'a:r streaming Hi▍']);
    talk.hearMessage(said(message('user', 1, 'r', 'text of r')));
    expect(shown()).toEqual(['u:r done text of r', 'a:r streaming Hi▍']);
  });

  it('takes the whole text when it comes, and replaces when told so', () => {
    talk.hearChat(delta('r', 'wrong'));
    talk.hearChat(delta('r', ' end', { message: whole('the right end') }));
    expect(shown()[1]).toBe('a:r streaming the right end▍');
    talk.hearChat(delta('r', 'anew', { replace: true }));
    expect(shown()[1]).toBe('a:r streaming anew▍');
  });

  it('keeps words, tools and words in order, whatever is written down meanwhile', () => {
    talk.hearAgent(agent('r', 'thinking', { delta: 'hm' }));
    talk.hearChat(delta('r', 'Let me'));
    talk.hearMessage(
      said(
        message('assistant', 2, 'r', [
          { type: 'thinking', thinking: 'hmm' },
          { type: 'text', text: 'Let me see.' },
          call('t'),
        ]),
      ),
    );
    // The rest of the words comes after they were written down.
    talk.hearChat(delta('r', ' see.'));
    expect(shown()[1]).toBe('a:r streaming (hmm) Let me see. [exec running]');
    talk.hearAgent(tool('r', 'start', 't', { args: { command: 'ls' } }));
    talk.hearAgent(tool('r', 'update', 't', { partialResult: { content: [{ type: 'text', text: 'a' }] } }));
    expect(shown()[1]).toBe('a:r streaming (hmm) Let me see. [exec running: a]');
    talk.hearAgent(
      tool('r', 'result', 't', { isError: false, result: { content: [{ type: 'text', text: 'a b' }] } }),
    );
    talk.hearMessage(said(message('toolResult', 3, 'r', 'a b', { toolCallId: 't', toolName: 'exec' })));
    talk.hearChat(delta('r', 'Done', { replace: true }));
    expect(shown()[1]).toBe('a:r streaming (hmm) Let me see. [exec done: a b] Done▍');
    talk.hearMessage(said(message('assistant', 4, 'r', 'Done.')));
    talk.hearChat(chat('r', 'final'));
    expect(shown()[1]).toBe('a:r done (hmm) Let me see. [exec done: a b] Done.');
  });

  it('begins a new text after a written answer also when nobody says so', () => {
    talk.hearMessage(said(message('assistant', 2, 'r', [{ type: 'text', text: 'One.' }, call('t')])));
    talk.hearChat(delta('r', 'One.'));
    expect(shown()[1]).toBe('a:r streaming One. [exec running]');
    talk.hearChat(delta('r', 'Two'));
    talk.hearChat(delta('r', '!'));
    expect(shown()[1]).toBe('a:r streaming One. [exec running] Two!▍');
  });

  it('shows tools and words that were not written down yet', () => {
    talk.hearChat(delta('r', 'First.'));
    talk.hearAgent(tool('r', 'start', 't', { args: {} }));
    talk.hearAgent(
      tool('r', 'result', 't', { isError: true, result: { content: [{ type: 'text', text: 'no' }] } }),
    );
    talk.hearChat(delta('r', 'Second', { replace: true }));
    expect(shown()[1]).toBe('a:r streaming First. [exec failed: no] Second▍');
  });

  it('tells that a tool waits for a decision', () => {
    talk.hearMessage(said(message('assistant', 2, 'r', [call('t')])));
    talk.hearAgent(tool('r', 'start', 't'));
    talk.setWaitingTools(new Set(['t']));
    expect(shown()[1]).toBe('a:r streaming [exec waiting-approval]');
    talk.setWaitingTools(new Set());
    expect(shown()[1]).toBe('a:r streaming [exec running]');
  });

  it('tells apart calls of several steps that share an id', () => {
    for (const seq of [2, 4]) {
      talk.hearMessage(said(message('assistant', seq, 'r', [call('same')])));
      talk.hearMessage(
        said(
          message('toolResult', seq + 1, 'r', `out ${String(seq)}`, { toolCallId: 'same', toolName: 'exec' }),
        ),
      );
    }
    const parts = talk.items().at(-1)?.parts ?? [];
    expect(told(parts)).toBe('[exec done: out 2] [exec done: out 4]');
    expect(new Set(parts.map((part) => (part.type === 'tool' ? part.id : ''))).size).toBe(2);
  });

  it('keeps what was said when it is stopped', () => {
    talk.hearMessage(said(message('user', 1, 'r', 'text of r')));
    talk.hearChat(delta('r', 'Once upon'));
    talk.hearChat(chat('r', 'aborted', { stopReason: 'rpc' }));
    expect(shown()[1]).toBe('a:r aborted Once upon');
    talk.hearMessage(said(message('assistant', 2, 'r', 'Once upon', { stopReason: 'aborted' })));
    expect(shown()[1]).toBe('a:r aborted Once upon');
    expect(talk.items()).toHaveLength(2);
  });

  it('tells an error with what was said before it, or alone', () => {
    talk.hearMessage(said(message('user', 1, 'r', 'text of r')));
    talk.hearAgent(start('r'));
    talk.hearChat(chat('r', 'error', { errorMessage: 'no credit' }));
    expect(talk.items()[1]).toMatchObject({
      key: 'a:r',
      kind: 'error',
      state: 'failed',
      error: 'no credit',
      parts: [],
    });
    talk.hearChat(delta('q', 'half'));
    talk.hearChat(chat('q', 'error', { errorMessage: 'cut' }));
    expect(talk.items()[2]).toMatchObject({ key: 'a:q>r', kind: 'assistant', state: 'failed', error: 'cut' });
  });

  it('leaves an error where it happened when the conversation goes on', () => {
    talk.hearMessage(said(message('user', 1, 'r', 'one')));
    talk.hearChat(chat('r', 'error', { errorMessage: 'no' }));
    talk.hearMessage(said(message('user', 2, 'q', 'two')));
    talk.hearChat(delta('q', 'yes'));
    expect(talk.items().map((item) => item.key)).toEqual(['u:r', 'a:r', 'u:q', 'a:q']);
  });

  it('ignores what comes after the end', () => {
    talk.hearChat(chat('r', 'final', { message: message('assistant', 2, 'r', 'end') }));
    talk.hearChat(delta('r', 'end'));
    talk.hearAgent(start('r'));
    expect(shown().filter((line) => line.startsWith('a:'))).toEqual(['a:r done end']);
  });

  it('gives the full message precedence over its words, in both orders', () => {
    const full = message('assistant', 2, 'r', [
      { type: 'thinking', thinking: 'deep' },
      { type: 'text', text: 'end' },
    ]);
    const words = message('assistant', 2, 'r', 'end');
    talk.hearChat(chat('r', 'final', { message: words }));
    talk.hearMessage(said(full));
    expect(shown().at(-1)).toBe('a:r done (deep) end');
    talk.hearChat(chat('r', 'final', { message: words }));
    expect(shown().at(-1)).toBe('a:r done (deep) end');
  });
});

describe('several runs and several windows', () => {
  beforeEach(() => {
    talk.page(page([message('user', 1, 'a', 'one')]));
    talk.hearAgent(start('a'));
    talk.hearChat(delta('a', 'answer'));
  });

  it('shows messages of other windows once', () => {
    const other = message('user', 2, 'x', 'from the phone');
    talk.hearMessage(said(other));
    talk.hearMessage(said(other));
    expect(shown().filter((line) => line.includes('phone'))).toHaveLength(1);
  });

  it('queues what is sent meanwhile and keeps it below', () => {
    talk.add(outgoing('b'));
    talk.update('b', { state: 'accepted' });
    talk.add(outgoing('c'));
    expect(shown().slice(1)).toEqual([
      'a:a streaming answer▍',
      'u:b queued text of b',
      'u:c sending text of c',
    ]);
    talk.hearMessage(said(message('assistant', 2, 'a', 'answer')));
    talk.hearChat(chat('a', 'final'));
    talk.hearMessage(said(message('user', 3, 'b', 'text of b')));
    talk.hearChat(delta('b', 'second'));
    expect(shown().slice(1)).toEqual([
      'a:a done answer',
      'u:b done text of b',
      'a:b streaming second▍',
      'u:c sending text of c',
    ]);
  });

  it('forgets a queued message that was taken back', () => {
    talk.add(outgoing('b', { state: 'accepted' }));
    talk.hearChat(chat('b', 'aborted', { stopReason: 'rpc' }));
    expect(shown()).toEqual(['u:a done one', 'a:a streaming answer▍']);
    // The event may also come after the answer to the call, when it is forgotten already.
    talk.hearChat(chat('c', 'aborted', { stopReason: 'rpc' }));
    expect(shown()).toHaveLength(2);
  });

  it('tells why a queued message was not answered', () => {
    talk.add(outgoing('b', { state: 'accepted' }));
    talk.hearChat(chat('b', 'error', { errorMessage: 'disk full' }));
    expect(talk.items().at(-1)).toMatchObject({ key: 'u:b', state: 'failed', error: 'disk full' });
  });

  it('splits an answer at a message that steers it', () => {
    talk.hearMessage(said(message('assistant', 2, 'a', [{ type: 'text', text: 'answer' }, call('t')])));
    talk.hearMessage(said(message('toolResult', 3, 'a', 'ok', { toolCallId: 't', toolName: 'exec' })));
    talk.hearMessage(said(message('user', 4, 's', 'rather so')));
    talk.hearChat(delta('a', 'as you say', { replace: true }));
    expect(shown()).toEqual([
      'u:a done one',
      'a:a done answer [exec done: ok]',
      'u:s done rather so',
      'a:a>s streaming as you say▍',
    ]);
    talk.hearMessage(said(message('assistant', 5, 'a', 'as you say')));
    talk.hearChat(chat('a', 'final'));
    talk.hearChat(chat('s', 'final'));
    expect(shown().at(-1)).toBe('a:a>s done as you say');
    expect(shown()).toHaveLength(4);
  });

  it('keeps objects that did not change', () => {
    const before = talk.items();
    talk.hearChat(delta('a', ' goes on'));
    const after = talk.items();
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(talk.items()[1]).toBe(after[1]);
  });
});

describe('a page that is opened in the middle of an answer', () => {
  const asked = message('user', 1, 'r', 'go');

  it('goes on from what was said', () => {
    talk.page(page([asked], { inFlightRun: { runId: 'r', text: 'Hello', startedAt: 7 } }));
    talk.hearChat(delta('r', ' world'));
    expect(shown()).toEqual(['u:r done go', 'a:r streaming Hello world▍']);
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
    expect(shown()[1]).toBe('a:r streaming Hello world▍');
  });

  it('waits for words when none were said', () => {
    talk.page(page([asked], { inFlightRun: { runId: 'r' } }));
    expect(shown()[1]).toBe('a:r streaming');
  });

  it('does not repeat the words of a step that is written down while its tools work', () => {
    const step = message('assistant', 2, 'r', [{ type: 'text', text: 'Let me see.' }, call('t')]);
    talk.page(page([asked, step], { inFlightRun: { runId: 'r', text: 'Let me see.' } }));
    expect(shown()[1]).toBe('a:r streaming Let me see. [exec running]');
    talk.hearChat(delta('r', 'Done', { replace: true }));
    expect(shown()[1]).toBe('a:r streaming Let me see. [exec running] Done▍');
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
    expect(shown()[1]).toBe('a:r streaming One two▍');
    talk.hearChat(delta('r', ' five'));
    expect(shown()[1]).toBe('a:r streaming One two▍');
    talk.missed({
      kind: 'delta',
      messages: [],
      deltaCursor: 'd',
      pendingInputs: { items: [], total: 0 },
      sessionInfo: active.sessionInfo,
      inFlightRun: { runId: 'r', text: 'One two three four five' },
    });
    expect(shown()[1]).toBe('a:r streaming One two three four five▍');
    talk.hearChat(delta('r', ' six'));
    expect(talk.items()[1]).toMatchObject({ key, state: 'streaming' });
    expect(shown()[1]).toContain('five six');
    expect(talk.cursor).toBe('d');
  });

  it('shows the end of an answer that ended meanwhile, in the same place', () => {
    talk.doubt();
    talk.page(page([message('user', 1, 'r', 'go'), message('assistant', 2, 'r', 'One two three.')]));
    expect(shown()).toEqual(['u:r done go', 'a:r done One two three.']);
    expect(talk.isAnswering).toBe(false);
  });

  it('keeps half an answer of which nothing was written down', () => {
    talk.doubt();
    talk.page(
      page([message('user', 1, 'r', 'go')], { sessionInfo: row({ lastRunId: 'r', status: 'killed' }) }),
    );
    expect(talk.isAnswering).toBe(false);
    expect(shown()[1]).toBe('a:r aborted One two');
  });

  it('puts what the gateway notes about an interruption after the words it is about', () => {
    const note = message('system', 2, 'r', 'This message was interrupted.');
    talk.doubt();
    const sessionInfo = row({ lastRunId: 'r', status: 'killed' });
    talk.page(page([message('user', 1, 'r', 'go'), note], { sessionInfo }));
    expect(shown()).toEqual([
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
    expect(shown().at(-1)).toContain('new words');
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
    expect(shown()).toEqual(['u:r done go', 'a:r streaming One two▍', 'u:b queued later']);
  });

  it('ignores messages of another transcript', () => {
    talk.hearMessage({ ...said(message('user', 2, 'q', 'old')), sessionId: 'other' });
    expect(talk.items()).toHaveLength(2);
    expect(talk.sessionId).toBe(SESSION);
  });
});
