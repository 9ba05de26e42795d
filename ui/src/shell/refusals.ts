// What the gateway's refusals mean for a person, by their code. Its own sentences are for logs and other clients.
import { t } from '$i18n';
import type { gateway } from '$lib/gateway/index.svelte';

/** What to say under the field; nothing on a first visit, when nobody has done anything wrong yet. */
export function credentialsText(code: string): string | undefined {
  const texts = t.shell.credentials;
  switch (code) {
    case 'AUTH_TOKEN_MISSING':
    case 'AUTH_PASSWORD_MISSING':
    case 'AUTH_REQUIRED':
    case 'SIGNED_OUT':
      return undefined;
    case 'AUTH_PASSWORD_MISMATCH':
      return texts.passwordMismatch;
    case 'AUTH_TOKEN_NOT_CONFIGURED':
    case 'AUTH_PASSWORD_NOT_CONFIGURED':
      return texts.notConfigured;
    case 'AUTH_DEVICE_TOKEN_MISMATCH':
      return texts.deviceToken;
    case 'AUTH_SCOPE_MISMATCH':
      return texts.scope;
    case 'AUTH_BOOTSTRAP_TOKEN_INVALID':
      return texts.setupCode;
    case 'AUTH_RATE_LIMITED':
      return texts.rateLimited;
    default:
      return texts.tokenMismatch;
  }
}

/** What is wrong with a setup code before it was sent. */
export function codeProblem(kind: ReturnType<typeof gateway.signInWithCode>): string | undefined {
  switch (kind) {
    case 'ok':
      return undefined;
    case 'expired':
      return t.shell.codeExpired;
    case 'elsewhere':
      return t.shell.codeElsewhere;
    case 'invalid':
      return t.shell.codeInvalid;
  }
}

export interface Refused {
  text: string;
  /** A line to put somewhere, when that is the way out. */
  line?: string;
  /** What the person can do here. */
  way: 'retry' | 'reload' | 'new-identity';
  /** Whether the gateway's own words add something. */
  verbatim?: boolean;
}

/** Why the gateway will not have this page at all, and the way out. */
export function refusedText(code: string): Refused {
  const texts = t.shell.stopped;
  switch (code) {
    case 'CONTROL_UI_ORIGIN_NOT_ALLOWED':
      return { text: texts.origin, line: location.origin, way: 'retry' };
    case 'PROTOCOL_MISMATCH':
    case 'CLIENT_VERSION_MISMATCH':
    case 'CONTROL_UI_BUILD_MISMATCH':
      return { text: texts.protocol, way: 'reload' };
    case 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED':
    case 'DEVICE_IDENTITY_REQUIRED':
      return { text: texts.secure, way: 'retry' };
    case 'DEVICE_AUTH_SIGNATURE_EXPIRED':
      return { text: texts.clock, way: 'retry' };
    case 'DEVICE_AUTH_SIGNATURE_INVALID':
    case 'DEVICE_AUTH_DEVICE_ID_MISMATCH':
    case 'DEVICE_AUTH_PUBLIC_KEY_INVALID':
      return { text: texts.signature, way: 'new-identity' };
    case 'STORAGE':
      return { text: texts.storage, way: 'retry', verbatim: true };
    default:
      return { text: texts.other, way: 'retry', verbatim: true };
  }
}
