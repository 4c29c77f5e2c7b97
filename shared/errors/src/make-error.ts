import { AppError, type AppErrorOptions, type Issue } from './app-error.ts';
import type { ErrorCodeName } from './codes.ts';

const because = (cause: unknown): Pick<AppErrorOptions, 'cause'> =>
  cause === undefined ? {} : { cause };

/** The general maker, for codes that carry nothing of their own. */
export function appError(code: ErrorCodeName, options: AppErrorOptions = {}): AppError {
  return new AppError(code, options);
}

/** Absent, or not the caller's to see: both read the same from outside. */
export function notFound(kind: string, id: string): AppError {
  return new AppError('not_found', { privateDetail: `${kind} ${id} not found` });
}

export function invalidInput(issues: readonly Issue[]): AppError {
  return new AppError('invalid_input', {
    issues,
    privateDetail: issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '),
  });
}

/** The caller's If-Match is behind; the problem document names the current version. */
export function versionConflict(kind: string, id: string, currentVersion: number): AppError {
  return new AppError('version_conflict', {
    detail: `The current version is ${currentVersion}.`,
    privateDetail: `${kind} ${id} is at version ${currentVersion}`,
    extra: { currentVersion },
  });
}

export function stateConflict(kind: string, id: string, detail: string): AppError {
  return new AppError('state_conflict', { detail, privateDetail: `${kind} ${id}: ${detail}` });
}

export function upstreamTimeout(service: string, timeoutMs: number, cause?: unknown): AppError {
  return new AppError('upstream_timeout', {
    privateDetail: `${service} gave no answer within ${timeoutMs} ms`,
    ...because(cause),
  });
}

export function upstreamUnavailable(
  service: string,
  reason: string,
  options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
): AppError {
  return new AppError('upstream_unavailable', {
    privateDetail: `${service}: ${reason}`,
    ...options,
  });
}

export function upstreamFailed(service: string, reason: string, cause?: unknown): AppError {
  return new AppError('upstream_failed', {
    privateDetail: `${service}: ${reason}`,
    ...because(cause),
  });
}

export function deadlineExceeded(what: string, timeoutMs: number): AppError {
  return new AppError('deadline_exceeded', { privateDetail: `${what} took over ${timeoutMs} ms` });
}

/** Any thrown value as an AppError: an AppError as it is, all else `internal` with the cause kept. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', { privateDetail: message, cause: thrown });
}
