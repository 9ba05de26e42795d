import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import ConfirmDialog from './ConfirmDialog.svelte';
import Menu from './Menu.svelte';
import Select from './Select.svelte';
import Switch from './Switch.svelte';

const user = userEvent.setup();

describe('a menu', () => {
  const items = [
    { label: 'Rename', onselect: vi.fn() },
    { label: 'Archive', onselect: vi.fn(), disabled: true },
    { label: 'Remove', onselect: vi.fn() },
  ];

  it('is walked with arrows and letters, skips what is disabled, and gives the focus back', async () => {
    render(Menu, { label: 'More', items });
    const trigger = screen.getByRole('button', { name: 'More' });
    expect(trigger.getAttribute('aria-expanded')).toBe('false');
    trigger.focus();
    await user.keyboard('{ArrowDown}');
    await vi.waitFor(() => expect(document.activeElement?.textContent).toContain('Rename'));
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('Remove');
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('Rename');
    await user.keyboard('rem');
    expect(document.activeElement?.textContent).toContain('Remove');
    await user.keyboard('{Enter}');
    expect(items[2]?.onselect).toHaveBeenCalledOnce();
    expect(items[0]?.onselect).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(trigger);
    expect(trigger.getAttribute('aria-expanded')).toBe('false');
  });
});

describe('a select', () => {
  const options = [
    { value: 'a', label: 'Alpha' },
    { value: 'b', label: 'Beta' },
  ];

  it('starts at what is chosen and tells of a change once', async () => {
    const onchange = vi.fn();
    render(Select, { label: 'Letter', value: 'b', options, onchange });
    const box = screen.getByRole('combobox', { name: 'Letter' });
    expect(box.textContent).toContain('Beta');
    await user.click(box);
    await vi.waitFor(() => expect(document.activeElement?.textContent).toContain('Beta'));
    await user.click(screen.getByRole('option', { name: 'Alpha' }));
    expect(onchange).toHaveBeenCalledExactlyOnceWith('a');
    expect(box.textContent).toContain('Alpha');
  });
});

describe('a switch', () => {
  it('is named, and tells what it is now', async () => {
    const onchange = vi.fn();
    render(Switch, { label: 'Start at login', description: 'With the computer.', onchange });
    const control = screen.getByRole('switch', { name: 'Start at login' });
    await user.click(control);
    expect(onchange).toHaveBeenCalledExactlyOnceWith(true);
    expect(control.getAttribute('aria-checked')).toBe('true');
  });
});

describe('a question before something is done', () => {
  const open = { open: true, title: 'Remove it?', confirmLabel: 'Remove' };

  it('shows what went wrong and stays open', async () => {
    const onconfirm = vi.fn().mockRejectedValueOnce(new Error('the gateway said no'));
    render(ConfirmDialog, { ...open, onconfirm });
    await user.click(screen.getByRole('button', { name: 'Remove' }));
    expect((await screen.findByRole('alert')).textContent).toContain('The gateway said no');
    await user.click(screen.getByRole('button', { name: 'Remove' }));
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(onconfirm).toHaveBeenCalledTimes(2);
  });

  it('does nothing when it is left with Escape', async () => {
    const onconfirm = vi.fn();
    render(ConfirmDialog, { ...open, onconfirm });
    screen.getByRole('dialog').focus();
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(onconfirm).not.toHaveBeenCalled();
  });
});
