import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { catalog } from '../catalog.svelte';
import Composer from './Composer.svelte';
import { readDraft } from './drafts';

const onsend = vi.fn();
const onstop = vi.fn(() => Promise.resolve());

function show(
  more: { isAnswering?: boolean; sessionKey?: string; blocked?: string } = {},
): ReturnType<typeof render> {
  return render(Composer, {
    sessionKey: 'k',
    agent: 'Ada',
    isAnswering: false,
    onsend,
    onstop,
    ...more,
  });
}

const field = (): HTMLTextAreaElement => screen.getByRole('textbox', { name: 'Message' });

beforeEach(() => {
  vi.stubGlobal('CSS', { supports: () => true });
  sessionStorage.clear();
  onsend.mockClear();
  onstop.mockClear();
  const command = { source: 'native', scope: 'both', acceptsArgs: false, description: 'x' } as const;
  catalog.take({ models: [], commands: ['help', 'status'].map((name) => ({ ...command, name })) }, undefined);
});

it('sends with Enter, begins a line with Shift and Enter, and is empty afterwards', async () => {
  const user = userEvent.setup();
  show();
  await user.type(field(), 'one{Shift>}{Enter}{/Shift}two');
  expect(field().value).toBe('one\ntwo');
  expect(readDraft('k').text).toBe('one\ntwo');
  await user.keyboard('{Enter}');
  expect(onsend).toHaveBeenCalledExactlyOnceWith('one\ntwo', [], [{ type: 'text', text: 'one\ntwo' }]);
  expect(field().value).toBe('');
  expect(readDraft('k').text).toBe('');
});

it('sends nothing that is empty, and nothing while a word is being composed', async () => {
  const user = userEvent.setup();
  show();
  await user.type(field(), '  {Enter}');
  field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }));
  await user.type(field(), 'にほん');
  field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }));
  expect(onsend).not.toHaveBeenCalled();
});

it('completes commands with the keyboard and sends what is typed in full', async () => {
  const user = userEvent.setup();
  show();
  await user.type(field(), '/');
  expect(screen.getAllByRole('option').map((one) => one.textContent.trim().split(' ')[0])).toEqual([
    '/help',
    '/status',
  ]);
  await user.keyboard('{ArrowDown}{Tab}');
  expect(field().value).toBe('/status');
  await user.keyboard('{Enter}');
  expect(onsend).toHaveBeenCalledWith('/status', [], [{ type: 'text', text: '/status' }]);
});

it('closes the list with Escape and keeps what was typed', async () => {
  const user = userEvent.setup();
  show();
  await user.type(field(), '/s');
  expect(screen.queryByRole('listbox')).not.toBeNull();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('listbox')).toBeNull();
  expect(field().value).toBe('/s');
});

it('keeps a draft for each conversation', async () => {
  const user = userEvent.setup();
  const { rerender } = show({ sessionKey: 'a' });
  await user.type(field(), 'for a');
  await rerender({ sessionKey: 'b' });
  expect(field().value).toBe('');
  await rerender({ sessionKey: 'a' });
  expect(field().value).toBe('for a');
});

it('takes files, shows them, tells which cannot go, and sends the others', async () => {
  const user = userEvent.setup({ applyAccept: false });
  const { container } = show();
  const picker = container.querySelector<HTMLInputElement>('input[type=file]');
  if (picker === null) throw new Error('there is no picker');
  const files = [new File(['hello'], 'n.txt'), new File([new Uint8Array([1, 0])], 'x.bin')];
  await user.upload(picker, files);
  await screen.findByText('n.txt');
  expect(screen.getByRole('alert').textContent).toContain('x.bin');
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect(onsend.mock.lastCall?.[1]).toMatchObject([{ fileName: 'n.txt', content: 'aGVsbG8=' }]);
  expect(screen.queryByText('n.txt')).toBeNull();
});

it('stops an answer, and queues what is written meanwhile', async () => {
  const user = userEvent.setup();
  show({ isAnswering: true });
  await user.click(screen.getByRole('button', { name: 'Stop answer' }));
  expect(onstop).toHaveBeenCalledOnce();
  await user.type(field(), 'next');
  await user.click(screen.getByRole('button', { name: 'Send after this answer' }));
  expect(onsend.mock.lastCall?.[0]).toBe('next');
});

it('says why nothing can be sent', () => {
  show({ blocked: 'Not here.' });
  expect(field().disabled).toBe(true);
  expect(field().placeholder).toBe('Not here.');
});
