// What the page may say about its connection.
import type { HelloOk } from './protocol.gen';

/** `busy`: a try is under way, and what is said was true before it. */
export type Status =
  | { kind: 'connecting' }
  | { kind: 'online'; hello: HelloOk }
  | { kind: 'reconnecting'; nextTryAt: number; attempt: number; reason: string }
  | { kind: 'pairing'; requestId: string; deviceId: string; hint?: string }
  | { kind: 'credentials'; code: string; message: string; retryAt?: number; busy?: boolean }
  | { kind: 'stopped'; code: string; message: string; busy?: boolean };

export interface LogEntry {
  ts: number;
  kind: string;
  detail?: string;
}
