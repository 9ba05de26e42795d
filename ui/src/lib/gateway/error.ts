// The one error that calls to the gateway fail with.

/** Codes of this page, beside those of the gateway. */
export type LocalCode =
  /** It was never sent: there was no connection. */
  | 'CLOSED'
  /** It was sent, and the connection broke before the answer: it may have been done. */
  | 'DISCONNECTED'
  | 'TIMEOUT'
  | 'ABORTED';

export interface ErrorShapeLike {
  code: string;
  message: string;
  details?: Record<string, unknown> | undefined;
  retryAfterMs?: number | undefined;
}

export class GatewayError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retryAfterMs: number | undefined;

  constructor(shape: ErrorShapeLike) {
    super(shape.message);
    this.name = 'GatewayError';
    this.code = shape.code;
    this.details = shape.details ?? {};
    this.retryAfterMs = shape.retryAfterMs;
  }

  /** `details.code`, which is finer than `code`. */
  get detailCode(): string {
    const code = this.details['code'];
    return typeof code === 'string' ? code : '';
  }
}
