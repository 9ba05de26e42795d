// The bytes a device signs to prove that it is here and now, and that nobody changed what it asks for.

export interface SignedFields {
  deviceId: string;
  clientId: string;
  clientMode: string;
  role: string;
  /** Exactly as sent, in that order. */
  scopes: readonly string[];
  signedAtMs: number;
  /** The first present of token, device token and bootstrap token; a password is never signed. */
  token?: string | undefined;
  nonce: string;
  platform?: string | undefined;
  deviceFamily?: string | undefined;
}

/** ASCII letters only: other alphabets lower-case differently from one runtime to the next. */
function lowered(text: string | undefined): string {
  return (text ?? '').trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The third form of the payload: nothing is escaped, fields are joined with bars. */
export function signedPayload(fields: SignedFields): string {
  return [
    'v3',
    fields.deviceId,
    fields.clientId,
    fields.clientMode,
    fields.role,
    fields.scopes.join(','),
    String(fields.signedAtMs),
    fields.token ?? '',
    fields.nonce,
    lowered(fields.platform),
    lowered(fields.deviceFamily),
  ].join('|');
}
