/** Trying a command of a node: what is sent, and what came of it in plain words. Pure. */
import { GatewayError } from '$lib/gateway/error';

export const DEFAULT_SECONDS = 15;
export const MAX_SECONDS = 600;

export type ParamsProblem = 'syntax' | 'object';

/** JSON params as they were typed; nothing typed is none. */
export function readParams(
  text: string,
): { ok: true; params?: Record<string, unknown> } | { ok: false; why: ParamsProblem } {
  if (text.trim() === '') return { ok: true };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: 'syntax' };
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { ok: true, params: value as Record<string, unknown> } : { ok: false, why: 'object' };
}

/** Whole seconds that a node is waited for. */
export function readSeconds(text: string): number | undefined {
  const seconds = Number(text.trim());
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS ? seconds : undefined;
}

/** Failures that have words of their own. */
export const FAILURES = [
  'NOT_CONNECTED',
  'TIMEOUT',
  'PAIRING_CHANGED',
  'NOT_ALLOWED',
  'NODE_BACKGROUND_UNAVAILABLE',
  'SYSTEM_RUN_DENIED',
  'UNSUPPORTED',
  'MISSING_SCOPE',
  'DISCONNECTED',
] as const;
export type FailureCode = (typeof FAILURES)[number];

export interface Failure {
  /** For programs, as the gateway or the node said it. */
  code: string;
  /** Which text explains it, where there is one. */
  known?: FailureCode;
  /** In the words of whoever refused. */
  message: string;
}

/** Why a command was not done, with the finest code that was told. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof GatewayError)) {
    return { code: 'ERROR', message: error instanceof Error ? error.message : String(error) };
  }
  const node: unknown = error.details['nodeError'];
  const told = typeof node === 'object' && node !== null && 'code' in node ? node.code : undefined;
  const isNotAllowed = /^node command not allowed/.test(error.message);
  const code =
    (typeof told === 'string' && told) || error.detailCode || (isNotAllowed ? 'NOT_ALLOWED' : error.code);
  const known = FAILURES.find((each) => each === code);
  return { code, message: error.message, ...(known && { known }) };
}

export interface Picture {
  src: string;
  format: string;
}

const PICTURES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

/** The picture in an answer, where it holds one. */
export function pictureOf(payload: unknown): Picture | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { base64, format } = payload as Record<string, unknown>;
  if (typeof base64 !== 'string' || typeof format !== 'string') return undefined;
  const type = PICTURES[format.toLowerCase()];
  // Anything else in there would end up in an address.
  if (!type || !/^[A-Za-z0-9+/=]+$/.test(base64)) return undefined;
  return { src: `data:${type};base64,${base64}`, format };
}

/** Longest text of one value that is shown. */
const MOST = 2_000;

/** An answer as text; long values are cut and say how long they were. */
export function shownAnswer(payload: unknown, cut: (length: number) => string): string {
  if (payload === undefined || payload === null) return '';
  if (typeof payload === 'string') return shortened(payload, cut);
  return JSON.stringify(
    payload,
    (_, value: unknown) => (typeof value === 'string' ? shortened(value, cut) : value),
    2,
  );
}

function shortened(text: string, cut: (length: number) => string): string {
  return text.length <= MOST ? text : `${text.slice(0, 200)} ${cut(text.length)}`;
}
