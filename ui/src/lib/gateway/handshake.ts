// The `connect` request of this page, and which credential goes into it.
import { language } from '$i18n';
import type { Identity } from './identity';
import type { ConnectParams } from './protocol.gen';
import { client, SCOPES } from './self';
import { signedPayload } from './signing';
import type { DeviceToken } from './vault';
import type { Sent } from './verdict';

export interface Held {
  /** The cookie of the desktop window speaks for the app's own device. */
  desktop: boolean;
  bootstrapToken: string | undefined;
  secret: string | undefined;
  /** A person just typed the secret: it goes before the stored token. */
  secretIsFresh: boolean;
  token: DeviceToken | undefined;
}

export interface Choice {
  sent: Sent;
  auth: { token?: string; password?: string; deviceToken?: string; bootstrapToken?: string } | undefined;
  /** What the signature covers. */
  signedToken: string;
  scopes: readonly string[];
}

/** Picks one credential; two at once would tell a wrong gateway more than it needs. */
export function choose(held: Held): Choice {
  if (held.desktop) return { sent: 'desktop', auth: undefined, signedToken: '', scopes: SCOPES };
  const { bootstrapToken, secret, token } = held;
  if (bootstrapToken) {
    return { sent: 'setup-code', auth: { bootstrapToken }, signedToken: bootstrapToken, scopes: SCOPES };
  }
  if (token && !(secret && held.secretIsFresh)) {
    // Only what was granted: asking for more on every start would ask people to approve on every start.
    const scopes = token.scopes.length > 0 ? token.scopes : SCOPES;
    return { sent: 'device-token', auth: { deviceToken: token.token }, signedToken: token.token, scopes };
  }
  // People do not know which of the two their gateway has, and it takes either field.
  if (secret) {
    return { sent: 'secret', auth: { token: secret, password: secret }, signedToken: secret, scopes: SCOPES };
  }
  return { sent: 'none', auth: undefined, signedToken: '', scopes: SCOPES };
}

/** The params for one challenge. Without an identity they are those of the desktop window. */
export async function connectParams(
  choice: Choice,
  identity: Identity | undefined,
  challenge: { nonce: string; ts: number },
): Promise<ConnectParams> {
  const scopes = [...choice.scopes];
  const params: ConnectParams = {
    minProtocol: 4,
    maxProtocol: 4,
    client: { ...client },
    role: 'operator',
    scopes,
    caps: ['tool-events', 'approvals'],
    locale: language.current,
    userAgent: navigator.userAgent,
  };
  if (choice.auth) params.auth = choice.auth;
  if (!identity) return params;
  const payload = signedPayload({
    deviceId: identity.deviceId,
    clientId: client.id,
    clientMode: client.mode,
    role: 'operator',
    scopes,
    signedAtMs: challenge.ts,
    token: choice.signedToken,
    nonce: challenge.nonce,
    platform: client.platform,
    deviceFamily: client.deviceFamily,
  });
  const { deviceId: id, publicKey } = identity;
  const signature = await identity.sign(payload);
  params.device = { id, publicKey, signature, signedAt: challenge.ts, nonce: challenge.nonce };
  return params;
}
