import { randomBytes } from 'node:crypto';
import { createContextSlot } from './context-slot.ts';

/** What travels with one request through everything it causes. */
export interface RequestContext {
  /** W3C trace context: `00-<trace id>-<span id>-01`. */
  readonly traceparent: string;
  /** Monotonic instant (performance.now) at which the caller stops waiting. */
  readonly deadlineAtMs?: number;
  /** Signed for services: on whose behalf (service-clients sends it along). */
  readonly internalIdentity?: string | undefined;
  /** Id of the person who asked; undefined when none did. Events that are published name it. */
  readonly actorId?: string | undefined;
}

const slot = createContextSlot<RequestContext>('request');
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** Continues the caller's trace with a span of our own, or begins one. */
export function continueTrace(traceparent: string | undefined): string {
  const traceId = TRACEPARENT.exec(traceparent ?? '')?.[1] ?? randomBytes(16).toString('hex');
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}

/** The 32 hex digits that name the trace. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

export function runInRequestContext<Result>(context: RequestContext, run: () => Result): Result {
  return slot.run(context, run);
}

export function currentRequestContext(): RequestContext | undefined {
  return slot.current();
}
