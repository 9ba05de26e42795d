import { describe, expect, it } from 'vitest';
import { redact, redactText } from './redact';

const KEEP = { addresses: false };
const HIDE = { addresses: true };

describe('secrets by their shape', () => {
  it.each([
    ['an Anthropic key', 'sk-ant-api03-AbCdEf0123456789_-xyz'],
    ['an OpenAI key', 'sk-proj-Abc123Def456Ghi789'],
    ['an xAI key', 'xai-AbCdEf0123456789'],
    ['a Groq key', 'gsk_AbCdEf0123456789AbCdEf'],
    ['a Google key', 'AIzaSyA1234567890bcdefGHIJKLMNOPqrstuv'],
    ['a GitHub token', 'ghp_0123456789abcdefABCDEF0123456789abcd'],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
    ['a bot token', '123456789:AAE-abcdefghijklmnopqrstuvwxyz01234'],
    ['a random token', 'pK3vX9qLm2Zt8RwYb5NcJ7dHf1Gs4AeU6oTi0Bx'],
    ['a token in hex', 'deadbeef0123456789abcdef0123456789abcdef'],
    ['base64', 'q83vEjRWeJq83vEjRWeJq83vEjRWeJq83v8='],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----'],
  ])('%s does not stay', (_, secret) => {
    const text = redactText(`it said: ${secret} (and stopped)`, KEEP);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(secret.slice(4, 20));
    expect(text.startsWith('it said: ')).toBe(true);
    expect(text.endsWith(' (and stopped)')).toBe(true);
  });

  it.each([
    ['Authorization: Bearer abc.def-ghi', 'abc.def'],
    ['authorization=Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['GET /?token=hunter2&x=1', 'hunter2'],
    ['{"apiKey": "hunter2"}', 'hunter2'],
    ["password='hunter2'", 'hunter2'],
    ['wss://me:hunter2@example.org/', 'hunter2'],
    ['Cookie: postern_desktop_1=hunter2', 'hunter2'],
    ['oc-pair://eyJ1cmwi', 'eyJ1cmwi'],
    ['postern://pair?code=hunter2', 'hunter2'],
  ])('%s keeps its frame only', (text, secret) => {
    expect(redactText(text, KEEP)).not.toContain(secret);
  });
});

describe('what helps stays', () => {
  it.each([
    'the gateway closed the connection: slow consumer (1008)',
    'agent:main:planning-the-summer-holidays',
    'anthropic/claude-sonnet-4-5',
    'agents.files.list, sessions.messages.subscribe',
    'device.scopes.requestUpgrade',
    '550e8400-e29b-41d4-a716-446655440000',
    '2026-11-21T07:12:44Z',
    'postern-desktop 0.1.0 on x86_64-unknown-linux-gnu',
    'openclaw-control-ui',
    'Linux (Debian GNU/Linux 12) 6.18.44',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  ])('%s', (text) => {
    expect(redactText(text, HIDE)).toBe(text);
  });

  it('a device is still told from another', () => {
    expect(redactText('ab'.repeat(32), KEEP)).toBe('abababababab…');
  });
});

describe('names of people and machines', () => {
  it.each([
    ['/home/ada/.postern/postern.sqlite', '~/.postern/postern.sqlite'],
    ['/Users/Ada Lovelace/x', '~ Lovelace/x'],
    ['at /home/ada: denied', 'at ~: denied'],
    ['C:\\Users\\Ada\\AppData', '~\\AppData'],
    ['C:/Users/Ada/AppData', '~/AppData'],
    ['/root/.postern', '~/.postern'],
    ['/srv/home/x', '/srv/home/x'],
  ])('%s becomes %s', (text, safe) => {
    expect(redactText(text, KEEP)).toBe(safe);
  });

  it('addresses go when they are asked to', () => {
    const text = 'from 192.168.1.20:4000 and fe80::1c2:3 to 127.0.0.1 and ::1 at 07:12:44';
    expect(redactText(text, KEEP)).toBe(text);
    expect(redactText(text, HIDE)).toBe('from [address]:4000 and [address] to 127.0.0.1 and ::1 at 07:12:44');
  });
});

describe('redact', () => {
  it('takes secret fields out at any depth and keeps counts', () => {
    const value = {
      token: 'x',
      deep: [
        {
          apiKey: 'y',
          deviceToken: { value: 'z' },
          setupCode: 'c',
          inputTokens: 12,
          tokens: [{ role: 'node' }],
        },
      ],
      hasToken: true,
      password: null,
    };
    expect(redact(value, KEEP)).toEqual({
      token: '[removed]',
      deep: [
        {
          apiKey: '[removed]',
          deviceToken: '[removed]',
          setupCode: '[removed]',
          inputTokens: 12,
          tokens: [{ role: 'node' }],
        },
      ],
      hasToken: true,
      password: null,
    });
  });

  it('hides names of machines with their addresses', () => {
    const value = { hostname: 'adas-laptop', remoteIp: '10.0.0.7', port: 1 };
    expect(redact(value, KEEP)).toEqual(value);
    expect(redact(value, HIDE)).toEqual({ hostname: '[name]', remoteIp: '[name]', port: 1 });
  });

  it('leaves out which conversations there are and what people wrote', () => {
    const value = {
      count: 2,
      recent: [{ key: 'agent:main:secret-plan' }, {}],
      heartbeat: { prompt: 'buy milk' },
    };
    expect(redact(value, KEEP)).toEqual({
      count: 2,
      recent: '[2 left out]',
      heartbeat: { prompt: '[left out]' },
    });
  });

  it('also looks at names of fields', () => {
    expect(Object.keys(redact({ '/home/ada/x': 1 }, KEEP) as object)).toEqual(['~/x']);
  });
});
