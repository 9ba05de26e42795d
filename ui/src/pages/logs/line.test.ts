import { expect, test } from 'vitest';
import { fits, readLine } from './line';

const json = (value: unknown, id = 0) => readLine(JSON.stringify(value), id);

test('a line of the gateway is taken apart', () => {
  const line = json({
    0: { subsystem: 'gateway/ws' },
    1: 'A client connected.',
    _meta: { logLevelName: 'WARN', date: '2026-01-02T03:04:05.678Z', name: 'gateway' },
    time: '2026-01-02T03:04:05.678Z',
  });
  expect(line).toMatchObject({
    level: 'warn',
    from: 'gateway/ws',
    message: 'A client connected.',
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  });
});

test('a subsystem that is text, a missing time and an unknown level are no trouble', () => {
  expect(json({ 0: '{"subsystem":"cron"}', 1: 'x', _meta: {} })).toMatchObject({
    from: 'cron',
    message: 'x',
    level: 'info',
  });
  expect(json({ 0: 'only words', _meta: { logLevelName: 'FATAL' } })).toMatchObject({
    from: '',
    message: 'only words',
    level: 'error',
    at: undefined,
  });
});

test('what is no JSON is shown as it is', () => {
  for (const raw of ['plain text', '{"half', '[1,2]', 'null', '42'])
    expect(readLine(raw, 1).message).toContain(raw.slice(0, 2));
});

test('level and words narrow the list', () => {
  const line = json({
    0: { subsystem: 'gateway' },
    1: 'Disk is nearly full',
    _meta: { logLevelName: 'WARN' },
  });
  expect(fits(line, 'all', [])).toBe(true);
  expect(fits(line, 'warn', ['disk', 'full'])).toBe(true);
  expect(fits(line, 'error', [])).toBe(false);
  expect(fits(line, 'all', ['disk', 'empty'])).toBe(false);
});
