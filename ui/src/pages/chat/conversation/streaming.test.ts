import { beforeEach, describe, expect, it } from 'vitest';
import { Conversation } from './conversation';
import {
  agent,
  call,
  chat,
  delta,
  message,
  outgoing,
  page,
  said,
  shown,
  start,
  told,
  tool,
  whole,
} from './fixture';

let talk: Conversation;

beforeEach(() => {
  talk = new Conversation();
});

describe('a run that streams', () => {
  beforeEach(() => {
    talk.page(page([]));
    talk.add(outgoing('r'));
  });

  it('goes from the first word to the stored message under one key', () => {
    expect(shown(talk)).toEqual(['u:r sending text of r']);
    talk.update('r', { state: 'accepted' });
    talk.hearMessage(said(message('user', 1, 'r', 'text of r')));
    expect(shown(talk)).toEqual(['u:r done text of r']);
    talk.hearAgent(start('r'));
    expect(shown(talk)[1]).toBe('a:r streaming');
    talk.hearChat(delta('r', 'Hel', { message: whole('Hel') }));
    talk.hearChat(delta('r', 'lo'));
    expect(shown(talk)[1]).toBe('a:r streaming Hello▍');
    expect(talk.isAnswering).toBe(true);
    const answer = message('assistant', 2, 'r', 'Hello.');
    talk.hearChat(delta('r', '.'));
    talk.hearMessage(said(answer));
    talk.hearChat(chat('r', 'final', { message: answer }));
    expect(shown(talk)).toEqual(['u:r done text of r', 'a:r done Hello.']);
    expect(talk.isAnswering).toBe(false);
  });

  it('shows words before its own message came back, and only once', () => {
    talk.hearChat(delta('r', 'Hi'));
    expect(shown(talk)).toEqual(['u:r sending text of r', 'a:r streaming Hi▍']);
    talk.hearMessage(said(message('user', 1, 'r', 'text of r')));
    expect(shown(talk)).toEqual(['u:r done text of r', 'a:r streaming Hi▍']);
  });

  it('takes the whole text when it comes, and replaces when told so', () => {
    talk.hearChat(delta('r', 'wrong'));
    talk.hearChat(delta('r', ' end', { message: whole('the right end') }));
    expect(shown(talk)[1]).toBe('a:r streaming the right end▍');
    talk.hearChat(delta('r', 'anew', { replace: true }));
    expect(shown(talk)[1]).toBe('a:r streaming anew▍');
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
    expect(shown(talk)[1]).toBe('a:r streaming (hmm) Let me see. [exec running]');
    talk.hearAgent(tool('r', 'start', 't', { args: { command: 'ls' } }));
    talk.hearAgent(tool('r', 'update', 't', { partialResult: { content: [{ type: 'text', text: 'a' }] } }));
    expect(shown(talk)[1]).toBe('a:r streaming (hmm) Let me see. [exec running: a]');
    talk.hearAgent(
      tool('r', 'result', 't', { isError: false, result: { content: [{ type: 'text', text: 'a b' }] } }),
    );
    talk.hearMessage(said(message('toolResult', 3, 'r', 'a b', { toolCallId: 't', toolName: 'exec' })));
    talk.hearChat(delta('r', 'Done', { replace: true }));
    expect(shown(talk)[1]).toBe('a:r streaming (hmm) Let me see. [exec done: a b] Done▍');
    talk.hearMessage(said(message('assistant', 4, 'r', 'Done.')));
    talk.hearChat(chat('r', 'final'));
    expect(shown(talk)[1]).toBe('a:r done (hmm) Let me see. [exec done: a b] Done.');
  });

  it('begins a new text after a written answer also when nobody says so', () => {
    talk.hearMessage(said(message('assistant', 2, 'r', [{ type: 'text', text: 'One.' }, call('t')])));
    talk.hearChat(delta('r', 'One.'));
    expect(shown(talk)[1]).toBe('a:r streaming One. [exec running]');
    talk.hearChat(delta('r', 'Two'));
    talk.hearChat(delta('r', '!'));
    expect(shown(talk)[1]).toBe('a:r streaming One. [exec running] Two!▍');
  });

  it('shows tools and words that were not written down yet', () => {
    talk.hearChat(delta('r', 'First.'));
    talk.hearAgent(tool('r', 'start', 't', { args: {} }));
    talk.hearAgent(
      tool('r', 'result', 't', { isError: true, result: { content: [{ type: 'text', text: 'no' }] } }),
    );
    talk.hearChat(delta('r', 'Second', { replace: true }));
    expect(shown(talk)[1]).toBe('a:r streaming First. [exec failed: no] Second▍');
  });

  it('tells that a tool waits for a decision', () => {
    talk.hearMessage(said(message('assistant', 2, 'r', [call('t')])));
    talk.hearAgent(tool('r', 'start', 't'));
    talk.setWaitingTools(new Set(['t']));
    expect(shown(talk)[1]).toBe('a:r streaming [exec waiting-approval]');
    talk.setWaitingTools(new Set());
    expect(shown(talk)[1]).toBe('a:r streaming [exec running]');
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
    expect(shown(talk)[1]).toBe('a:r aborted Once upon');
    talk.hearMessage(said(message('assistant', 2, 'r', 'Once upon', { stopReason: 'aborted' })));
    expect(shown(talk)[1]).toBe('a:r aborted Once upon');
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
    expect(shown(talk).filter((line) => line.startsWith('a:'))).toEqual(['a:r done end']);
  });

  it('gives the full message precedence over its words, in both orders', () => {
    const full = message('assistant', 2, 'r', [
      { type: 'thinking', thinking: 'deep' },
      { type: 'text', text: 'end' },
    ]);
    const words = message('assistant', 2, 'r', 'end');
    talk.hearChat(chat('r', 'final', { message: words }));
    talk.hearMessage(said(full));
    expect(shown(talk).at(-1)).toBe('a:r done (deep) end');
    talk.hearChat(chat('r', 'final', { message: words }));
    expect(shown(talk).at(-1)).toBe('a:r done (deep) end');
  });
});
