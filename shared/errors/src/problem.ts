import { AppError, type AppErrorOptions, type Issue } from './app-error.ts';
import { isErrorCode } from './codes.ts';

/** RFC 9457 problem document, as every edge of the platform writes it. */
export interface Problem {
  /** Where the code is explained. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  /** Path of the request that failed. */
  readonly instance: string;
  readonly traceId: string;
  readonly issues?: readonly Issue[];
  readonly [extra: string]: unknown;
}

export function toProblem(
  error: AppError,
  occurrence: { readonly instance: string; readonly traceId: string },
): Problem {
  return {
    ...error.extra,
    type: `/docs/errors#${error.code}`,
    title: error.entry.title,
    status: error.status,
    code: error.code,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...occurrence,
    ...(error.issues.length === 0 ? {} : { issues: error.issues }),
  };
}

/**
 * What a service's refusal means to its caller. A registered code of 4xx passes with its public
 * members; all else becomes a failure of the service, its text kept for logs only.
 */
export function fromProblem(service: string, status: number, document: unknown): AppError {
  const problem = (typeof document === 'object' && document !== null ? document : {}) as Record<
    string,
    unknown
  >;
  const { code, detail } = problem;
  if (status >= 400 && status < 500 && isErrorCode(code) && !OUR_FAULT.has(code)) {
    const options: AppErrorOptions = {
      privateDetail: `${service} refused${typeof detail === 'string' ? `: ${detail}` : ''}`,
      ...(typeof detail === 'string' ? { detail } : {}),
      issues: issuesOf(problem.issues),
      extra: extraOf(problem),
    };
    return new AppError(code, options);
  }
  const said = isErrorCode(code) ? ` (${code})` : '';
  if (status === 503) return unavailable(service, said);
  if (status === 504) {
    return new AppError('upstream_timeout', { privateDetail: `${service} answered 504${said}` });
  }
  return new AppError('upstream_failed', { privateDetail: `${service} answered ${status}${said}` });
}

/** Refusals that concern how this process calls, not what its caller asked for. */
const OUR_FAULT: ReadonlySet<string> = new Set(['method_not_allowed', 'unsupported_media_type']);

const STANDARD = new Set([
  'type',
  'title',
  'status',
  'code',
  'detail',
  'instance',
  'traceId',
  'issues',
]);

const unavailable = (service: string, said: string) =>
  new AppError('upstream_unavailable', { privateDetail: `${service} answered 503${said}` });

function issuesOf(value: unknown): readonly Issue[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((issue: Partial<Issue> | null) =>
    typeof issue?.path === 'string' && typeof issue.message === 'string'
      ? [{ path: issue.path, message: issue.message }]
      : [],
  );
}

function extraOf(problem: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(problem).filter(([name]) => !STANDARD.has(name)));
}
