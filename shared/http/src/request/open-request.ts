import type { IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS } from '@cloudphone/contracts';
import { deadlineExceeded } from '@cloudphone/errors';
import { type Clock, continueTrace, traceIdOf } from '@cloudphone/runtime';

/** What the server knows of a request before any route sees it. */
export interface OpenRequest {
  readonly traceparent: string;
  readonly traceId: string;
  /** `allow` may move it. */
  readonly deadlineAtMs: number;
  /** Gives the request so long in all, when that is longer and its caller is not in a hurry. */
  allow(maxMs: number): void;
  readonly signal: AbortSignal;
  /** Rejects at the deadline; never resolves. */
  readonly outOfTime: Promise<never>;
}

const DEADLINE = /^\d{1,7}$/;
const openRequests = new WeakMap<IncomingMessage, OpenRequest>();

/** Begins the request's trace and its deadline; `openRequestOf` finds it again. */
export function openRequest(
  req: IncomingMessage,
  res: ServerResponse,
  options: { readonly clock: Clock; readonly maxDeadlineMs: number },
): OpenRequest {
  const { clock } = options;
  const traceparent = continueTrace(headerOf(req, HEADERS.traceparent));
  const askedMs = askedDeadlineMs(req);
  let allowedMs = Math.min(askedMs, options.maxDeadlineMs);
  const startedAtMs = clock.monotonicMs();
  const controller = new AbortController();
  let expire: (reason: unknown) => void = () => {};
  const outOfTime = new Promise<never>((_, reject) => {
    expire = reject;
  });
  // Most requests are over before it matters to anybody.
  outOfTime.catch(() => undefined);
  const arm = () =>
    clock.after(startedAtMs + allowedMs - clock.monotonicMs(), () => {
      const error = deadlineExceeded(`${req.method} ${req.url?.split('?')[0]}`, allowedMs);
      expire(error);
      controller.abort(error);
    });
  let cancel = arm();
  res.once('close', () => {
    cancel();
    if (!res.writableFinished) controller.abort();
  });
  const open: OpenRequest = {
    traceparent,
    traceId: traceIdOf(traceparent),
    get deadlineAtMs() {
      return startedAtMs + allowedMs;
    },
    allow: (maxMs) => {
      const longerMs = Math.min(askedMs, maxMs);
      if (longerMs <= allowedMs || controller.signal.aborted) return;
      allowedMs = longerMs;
      cancel();
      cancel = arm();
    },
    signal: controller.signal,
    outOfTime,
  };
  openRequests.set(req, open);
  return open;
}

/** Every request that reaches a route, or the edge of errors, was opened before. */
export function openRequestOf(req: IncomingMessage): OpenRequest {
  const open = openRequests.get(req);
  if (open === undefined) throw new TypeError('the request was never opened');
  return open;
}

/** The single value of a header; undefined when absent. */
export function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** What is no number of milliseconds counts as not asked. */
function askedDeadlineMs(req: IncomingMessage): number {
  const text = headerOf(req, HEADERS.requestDeadlineMs) ?? '';
  return DEADLINE.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}
