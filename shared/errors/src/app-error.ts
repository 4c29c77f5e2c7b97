import { ERROR_CODES, type ErrorCode, type ErrorCodeName } from './codes.ts';

/** One thing that is wrong with the input: where (JSON path from body, query or params) and what. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

export interface AppErrorOptions {
  /** Public sentence about this occurrence; never holds upstream text or another person's data. */
  readonly detail?: string;
  /** Private: for logs only. */
  readonly privateDetail?: string;
  readonly issues?: readonly Issue[];
  readonly retryAfterMs?: number;
  /** Public members added to the problem document, e.g. the current version on a conflict. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error class. Made by the functions of make-error.ts, translated once per edge. */
export class AppError extends Error {
  readonly code: ErrorCodeName;
  readonly detail: string | undefined;
  readonly issues: readonly Issue[];
  readonly retryAfterMs: number | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCodeName, options: AppErrorOptions = {}) {
    super(`${code}: ${options.privateDetail ?? options.detail ?? ERROR_CODES[code].title}`, {
      cause: options.cause,
    });
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
    this.issues = options.issues ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.extra = options.extra ?? {};
  }

  get entry(): ErrorCode {
    return ERROR_CODES[this.code];
  }

  get status(): number {
    return this.entry.status;
  }

  get isRetryable(): boolean {
    return this.entry.isRetryable;
  }
}

/** Whether `value` is an AppError, optionally of one of the given codes. */
export function isAppError(value: unknown, ...codes: readonly ErrorCodeName[]): value is AppError {
  return value instanceof AppError && (codes.length === 0 || codes.includes(value.code));
}
