import { beforeEach, describe, expect, it } from 'vitest';
import { Conversation } from './conversation';
import { call, chat, delta, message, outgoing, page, said, shown, start } from './fixture';

let talk: Conversation;

beforeEach(() => {
  talk = new Conversation();
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
    expect(shown(talk).filter((line) => line.includes('phone'))).toHaveLength(1);
  });

  it('queues what is sent meanwhile and keeps it below', () => {
    talk.add(outgoing('b'));
    talk.update('b', { state: 'accepted' });
    talk.add(outgoing('c'));
    expect(shown(talk).slice(1)).toEqual([
      'a:a streaming answer▍',
      'u:b queued text of b',
      'u:c sending text of c',
    ]);
    talk.hearMessage(said(message('assistant', 2, 'a', 'answer')));
    talk.hearChat(chat('a', 'final'));
    talk.hearMessage(said(message('user', 3, 'b', 'text of b')));
    talk.hearChat(delta('b', 'second'));
    expect(shown(talk).slice(1)).toEqual([
      'a:a done answer',
      'u:b done text of b',
      'a:b streaming second▍',
      'u:c sending text of c',
    ]);
  });

  it('forgets a queued message that was taken back', () => {
    talk.add(outgoing('b', { state: 'accepted' }));
    talk.hearChat(chat('b', 'aborted', { stopReason: 'rpc' }));
    expect(shown(talk)).toEqual(['u:a done one', 'a:a streaming answer▍']);
    // Whoever did not hear of it before hears that it began and ended.
    talk.hearAgent(start('d'));
    talk.hearChat(chat('d', 'aborted', { stopReason: 'rpc' }));
    expect(shown(talk)).toHaveLength(2);
    // The event may also come after the answer to the call, when it is forgotten already.
    talk.hearChat(chat('c', 'aborted', { stopReason: 'rpc' }));
    expect(shown(talk)).toHaveLength(2);
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
    expect(shown(talk)).toEqual([
      'u:a done one',
      'a:a done answer [exec done: ok]',
      'u:s done rather so',
      'a:a>s streaming as you say▍',
    ]);
    talk.hearMessage(said(message('assistant', 5, 'a', 'as you say')));
    talk.hearChat(chat('a', 'final'));
    talk.hearChat(chat('s', 'final'));
    expect(shown(talk).at(-1)).toBe('a:a>s done as you say');
    expect(shown(talk)).toHaveLength(4);
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
