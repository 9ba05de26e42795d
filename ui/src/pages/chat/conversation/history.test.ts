import type { ContentBlock } from '../../../lib/gateway/protocol.gen';
import { beforeEach, describe, expect, it } from 'vitest';
import { Conversation } from './conversation';
import { call, message, outgoing, page, said, shown } from './fixture';
import type { Outgoing } from './outbox';

let talk: Conversation;

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
    expect(shown(talk)).toEqual([
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
    expect(shown(talk)).toEqual(['u:a done one', 'a:a done 1', 'u:b done two', 'a:b done 2']);
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
    expect(shown(talk)).toEqual(['a:r done [read done: x] end']);
    talk.older(page([message('user', 1, 'r', 'go'), message('assistant', 2, 'r', [call('t', 'read')])]));
    expect(shown(talk)).toEqual(['u:r done go', 'a:r done [read done: x] end']);
  });

  it('drops older messages when there is a hole between them and the newest page', () => {
    talk.page(page([message('user', 1, 'a', 'one')]));
    talk.page(page([message('user', 90, 'z', 'last')], { hasMore: true }));
    expect(shown(talk)).toEqual(['u:z done last']);
    expect(talk.hasOlder).toBe(true);
    talk.page(page([message('user', 91, 'y', 'more')], { hasMore: false }));
    expect(shown(talk)).toEqual(['u:z done last', 'u:y done more']);
    expect(talk.hasOlder).toBe(true);
  });

  it('begins anew after a reset and after compacting', () => {
    talk.page(page([message('user', 1, 'a', 'one')]));
    talk.page(page([message('user', 1, 'b', 'new')], { sessionId: 's-2' }));
    expect(shown(talk)).toEqual(['u:b done new']);
    talk.page(page([message('user', 2, 'c', 'kept')], { sessionId: 's-2' }), true);
    expect(shown(talk)).toEqual(['u:c done kept']);
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
    expect(shown(talk)).toEqual(['u:r done <data:image/png;base64,QQ==> <n.txt> look']);
  });

  it('shows a message in full that was replaced in the middle of an answer', () => {
    const cut = message('assistant', 2, 'r', 'cut …');
    talk.page(page([message('assistant', 1, 'r', 'one'), cut, message('assistant', 3, 'r', 'three')]));
    expect(shown(talk)).toEqual(['a:r done one cut … three']);
    talk.replaceMessage(message('assistant', 2, 'r', 'two'));
    expect(shown(talk)).toEqual(['a:r done one two three']);
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
    expect(shown(talk)).toEqual(['u:r done <blob:1> look']);
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
