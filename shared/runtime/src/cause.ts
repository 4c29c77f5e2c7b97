import { continueTrace, currentRequestContext, runInRequestContext } from './request-context.ts';

/** What a row of work keeps of the request or the event that asked for it. */
export interface Cause {
  readonly traceparent: string;
  readonly actorId?: string;
}

/** The cause of what is written now; null when time alone asks for it. */
export function currentCause(): Cause | null {
  const { traceparent, actorId } = currentRequestContext() ?? {};
  if (traceparent === undefined) return null;
  return actorId === undefined ? { traceparent } : { traceparent, actorId };
}

/**
 * Does work later, in the trace and in the name of what asked for it; without a cause it begins a
 * trace of its own. The deadline of whoever asked has no say in it.
 */
export function runForCause<Result>(cause: Cause | null, run: () => Result): Result {
  const traceparent = continueTrace(cause?.traceparent);
  return runInRequestContext({ traceparent, actorId: cause?.actorId }, run);
}
