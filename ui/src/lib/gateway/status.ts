// What the page may say about its connection.
import type { HelloOk } from './protocol.gen';

export type Status =
  | { kind: 'connecting' }
  | { kind: 'online'; hello: HelloOk }
  | { kind: 'reconnecting'; nextTryAt: number; attempt: number; reason: string }
  | { kind: 'pairing'; requestId: string; deviceId: string; hint?: string }
  | { kind: 'credentials'; code: string; message: string; retryAt?: number }
  | { kind: 'stopped'; code: string; message: string };

export interface LogEntry {
  ts: number;
  kind: string;
  detail?: string;
}
