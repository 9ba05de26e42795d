import { stored } from '$lib/stored';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetSecret, heldSecret, keepSecret, takeSecretFromAddress } from './secret';
import { readSetupCode } from './setup-code';
import { toBase64Url } from './bytes';
import { forgetToken, keepToken, storedToken } from './vault';

const SECRET = 'planted-secret-5f1c';

function everythingKept(): string {
  return [JSON.stringify({ ...localStorage }), location.href, document.cookie].join('\n');
}

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

describe('the secret in a dashboard link', () => {
  it('leaves the address at once and goes nowhere but the tab', () => {
    history.replaceState(null, '', `/#token=${SECRET}`);
    expect(takeSecretFromAddress()).toBe(SECRET);
    expect(location.hash).toBe('#/chat');
    keepSecret(SECRET);
    expect(everythingKept()).not.toContain(SECRET);
    forgetSecret();
    expect(heldSecret()).toBeUndefined();
    expect(JSON.stringify({ ...sessionStorage })).not.toContain(SECRET);
  });

  it('is taken when it holds characters that were escaped', () => {
    history.replaceState(null, '', '/#token=a%2Bb%3D%26c');
    expect(takeSecretFromAddress()).toBe('a+b=&c');
  });

  it('does not make a route, and a route is not a secret', () => {
    history.replaceState(null, '', '/#/chat/agent%3Amain%3Atoken%3Dx');
    expect(takeSecretFromAddress()).toBeUndefined();
    expect(location.hash).toBe('#/chat/agent%3Amain%3Atoken%3Dx');
  });

  it('never follows a gateway address beside it', () => {
    history.replaceState(null, '', `/#token=${SECRET}&gatewayUrl=ws%3A%2F%2Fevil.example`);
    takeSecretFromAddress();
    expect(location.href).not.toContain('evil');
  });
});

describe('a secret in the query', () => {
  it('is taken away and not used: it went over the network already', () => {
    history.replaceState(null, '', `/?token=${SECRET}#/devices`);
    expect(takeSecretFromAddress()).toBeUndefined();
    expect(location.href).not.toContain(SECRET);
    expect(location.hash).toBe('#/devices');
  });
});

describe('a browser that forbids storage', () => {
  it('remembers nothing, and holds the secret for as long as the page lives', () => {
    const forbidden = (): never => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.spyOn(Storage.prototype, 'getItem').mockImplementation(forbidden);
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(forbidden);
    vi.spyOn(Storage.prototype, 'removeItem').mockImplementation(forbidden);
    stored.set('postern.theme', 'dark');
    expect(stored.get('postern.theme')).toBeUndefined();
    keepSecret(SECRET);
    expect(heldSecret()).toBe(SECRET);
    forgetSecret();
    expect(heldSecret()).toBeUndefined();
  });
});

describe('the token of this browser', () => {
  it('is not taken away when another one took the place of the refused', async () => {
    await keepToken({ token: 'newer', scopes: [] });
    expect(await forgetToken('refused')).toBe(false);
    expect(await storedToken()).toEqual({ token: 'newer', scopes: [] });
    expect(await forgetToken('newer')).toBe(true);
    expect(await storedToken()).toBeUndefined();
  });

  it('is read back, also after a typed secret', async () => {
    keepSecret(SECRET);
    await keepToken({ token: SECRET, scopes: ['operator.read'] });
    expect(await storedToken()).toEqual({ token: SECRET, scopes: ['operator.read'] });
    expect(everythingKept()).not.toContain(SECRET);
    await forgetToken();
    expect(await storedToken()).toBeUndefined();
  });

  it('is not handed to another origin', async () => {
    await keepToken({ token: SECRET, scopes: [] }, 'http://127.0.0.1:1');
    expect(await storedToken('http://127.0.0.1:2')).toBeUndefined();
  });
});

describe('a setup code', () => {
  const code = (fields: object): string => toBase64Url(new TextEncoder().encode(JSON.stringify(fields)));
  const good = { url: 'ws://192.168.1.5:18789', bootstrapToken: 'boot', expiresAtMs: 2000 };

  it.each([code(good), `oc-pair://${code(good)}`, `postern://pair?code=${code(good)}`, `  ${code(good)}\n`])(
    'is read as %s',
    (text) => {
      expect(readSetupCode(text, 1000, '192.168.1.5:18789')).toEqual({ kind: 'ok', bootstrapToken: 'boot' });
    },
  );

  it('works on the loopback address of the same gateway', () => {
    expect(readSetupCode(code(good), 1000, 'localhost:18789').kind).toBe('ok');
  });

  it('of another gateway is not sent to this one', () => {
    expect(readSetupCode(code(good), 1000, '127.0.0.1:9')).toEqual({
      kind: 'elsewhere',
      host: '192.168.1.5:18789',
    });
  });

  it('is refused when it is over or none', () => {
    expect(readSetupCode(code(good), 2000, '192.168.1.5:18789').kind).toBe('expired');
    expect(readSetupCode('hello', 1000).kind).toBe('invalid');
    expect(readSetupCode('%', 1000).kind).toBe('invalid');
    expect(readSetupCode('', 1000).kind).toBe('invalid');
  });
});
