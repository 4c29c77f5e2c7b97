export type { AppErrorOptions, Issue } from './app-error.ts';
export { AppError, isAppError } from './app-error.ts';
export type { ErrorCode, ErrorCodeName } from './codes.ts';
export { ERROR_CODES, isErrorCode } from './codes.ts';
export {
  appError,
  deadlineExceeded,
  invalidInput,
  notFound,
  stateConflict,
  toAppError,
  upstreamFailed,
  upstreamTimeout,
  upstreamUnavailable,
  versionConflict,
} from './make-error.ts';
export type { Problem } from './problem.ts';
export { fromProblem, toProblem } from './problem.ts';
