import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { ConversationItem, Part, ToolPart } from '../types';
import Message from './Message.svelte';
import ToolGroup from './ToolGroup.svelte';

function message(more: Partial<ConversationItem> = {}): ConversationItem {
  return { key: 'k', kind: 'assistant', parts: [{ type: 'text', text: 'Hello' }], state: 'done', ...more };
}

const call: ToolPart = {
  type: 'tool',
  id: 't',
  name: 'exec',
  args: { command: 'ls' },
  state: 'done',
  result: '\u001b[31mred\u001b[0m',
  startedAt: 1000,
  endedAt: 3500,
};

describe('a message', () => {
  it('is an article with its author and its time', () => {
    render(Message, { item: message({ kind: 'user', at: Date.UTC(2026, 0, 2) }), onretry: () => undefined });
    expect(screen.getByRole('article').getAttribute('aria-label')).toMatch(/^You, .*2026/);
  });

  it('shows the words of an assistant as Markdown, those of a person as they are', () => {
    const parts: Part[] = [{ type: 'text', text: '**bold** <img src=x>' }];
    const { container, unmount } = render(Message, { item: message({ parts }), onretry: () => undefined });
    expect(container.querySelector('strong')?.textContent).toBe('bold');
    unmount();
    const own = render(Message, { item: message({ parts, kind: 'user' }), onretry: () => undefined });
    expect(own.container.querySelector('strong, img')).toBeNull();
    expect(own.container.textContent).toContain('**bold** <img src=x>');
  });

  const states: [Partial<ConversationItem>, string][] = [
    [{ kind: 'user', state: 'sending' }, 'Sending…'],
    [{ kind: 'user', state: 'queued' }, 'Waits for its turn'],
    [{ kind: 'user', state: 'failed', error: 'No connection.' }, 'Not sent'],
    [{ state: 'failed', error: 'The model is gone.' }, 'No answer'],
    [{ state: 'aborted' }, 'Stopped'],
    [{ state: 'streaming', parts: [] }, 'Answering…'],
  ];
  for (const [more, words] of states) {
    it(`tells its state in words: ${words}`, () => {
      render(Message, { item: message(more), onretry: () => undefined });
      expect(screen.getByText(words)).toBeTruthy();
      if (more.error !== undefined) expect(screen.getByText(more.error)).toBeTruthy();
    });
  }

  it('can be sent again when it failed', async () => {
    const item = message({ kind: 'user', state: 'failed', error: 'No connection.' });
    const onretry = vi.fn();
    render(Message, { item, onretry });
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(onretry).toHaveBeenCalledExactlyOnceWith(item);
  });

  it('is copied as Markdown with the keyboard', async () => {
    const user = userEvent.setup();
    const writeText = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    vi.stubGlobal('isSecureContext', true);
    const item = message({ parts: [{ type: 'text', text: '# Title' }] });
    render(Message, { item, onretry: () => undefined });
    (await screen.findByRole('button', { name: 'Copy as Markdown' })).focus();
    await user.keyboard('{Enter}');
    expect(writeText).toHaveBeenCalledExactlyOnceWith('# Title');
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  });

  it('never loads a picture from another origin', () => {
    const parts: Part[] = [{ type: 'image', src: 'https://evil.example/x.png', alt: 'A cat' }];
    const { container } = render(Message, { item: message({ parts }), onretry: () => undefined });
    expect(container.querySelector('img')).toBeNull();
    expect(container.textContent).toContain('A cat: The image cannot be shown');
  });
});

describe('steps', () => {
  it('are one line that opens to arguments and result', async () => {
    render(ToolGroup, { id: 'one', tools: [call] });
    const line = screen.getByRole('button', { name: /exec ls done 2.5s/ });
    expect(line.getAttribute('aria-expanded')).toBe('false');
    await userEvent.click(line);
    expect(screen.getByRole('group', { name: 'Arguments' }).textContent).toBe('{\n  "command": "ls"\n}');
    expect(screen.getByRole('group', { name: 'Result' }).textContent).toBe('red');
  });

  it('stand together, and open when one of them waits for a decision', async () => {
    const { rerender } = render(ToolGroup, { id: 'two', tools: [call, { ...call, id: 'u', name: 'read' }] });
    expect(screen.getByRole('button', { name: /2 steps exec, read/ })).toBeTruthy();
    expect(screen.queryByRole('list')).toBeNull();
    await rerender({ id: 'two', tools: [call, { ...call, id: 'u', state: 'waiting-approval' }] });
    expect(screen.getByRole('link', { name: 'Decide' }).getAttribute('href')).toBe('#/approvals');
  });

  it('show a long result in part first', async () => {
    const result = Array.from({ length: 100 }, (_, n) => `line ${n}`).join('\n');
    render(ToolGroup, { id: 'three', tools: [{ ...call, result }] });
    await userEvent.click(screen.getByRole('button', { name: /exec/ }));
    expect(screen.getByRole('group', { name: 'Result' }).textContent).not.toContain('line 99');
    await userEvent.click(screen.getByRole('button', { name: 'Show all (100 lines)' }));
    expect(screen.getByRole('group', { name: 'Result' }).textContent).toContain('line 99');
  });
});

describe('what its reader opened', () => {
  it('is open when it comes back into view', async () => {
    const first = render(ToolGroup, { id: 'scrolled away', tools: [call] });
    await userEvent.click(screen.getByRole('button', { name: /exec/ }));
    first.unmount();
    render(ToolGroup, { id: 'scrolled away', tools: [call] });
    expect(screen.getByRole('button', { name: /exec/ }).getAttribute('aria-expanded')).toBe('true');
  });
});
