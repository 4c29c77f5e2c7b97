import { type CallDefinition, HEADERS } from '@cloudphone/contracts';
import { deadlineExceeded, fromProblem, isAppError, upstreamFailed } from '@cloudphone/errors';
import {
  type Clock,
  currentReadContext,
  currentRequestContext,
  type Metrics,
} from '@cloudphone/runtime';
import type { CallOptions } from './call-options.ts';
import { type AnyInput, type PreparedCall, prepareCall } from './prepare-call.ts';
import { recordCall } from './record-answer.ts';
import type { ServiceConnection } from './service-connection.ts';
import { parsed, type ServiceAnswer } from './transport.ts';
import { watchCalls } from './watch-calls.ts';
import { createHeaderWriter } from './write-headers.ts';

/** Makes calls of the contract over a service's connection. */
export function createCaller(tools: {
  readonly internalSecret: string;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly defaultTimeoutMs: number;
}) {
  const headersFor = createHeaderWriter(tools);
  const watch = watchCalls(tools);

  const send = (
    connection: ServiceConnection,
    call: CallDefinition,
    prepared: PreparedCall,
    options: CallOptions,
  ): Promise<ServiceAnswer> => {
    const patience = patienceFor(call, options, tools);
    const minVersion = minVersionFor(prepared.knownTags);
    const headers = headersFor(options, { timeoutMs: patience.timeoutMs, minVersion });
    return connection.send({ method: call.method, ...prepared, headers, ...patience });
  };

  return async (
    connection: ServiceConnection,
    call: CallDefinition,
    input: AnyInput = {},
    options: CallOptions = {},
  ): Promise<unknown> => {
    const prepared = prepareCall(call, input);
    const seen = watch(call);
    const recording =
      call.method === 'GET' ? recordCall(call.service, prepared.knownTags) : undefined;
    try {
      const answer = await send(connection, call, prepared, options);
      options.onHeaders?.(answer.headers);
      if (answer.status === 404) recording?.answered(answer);
      const result = resultOf(call, answer);
      recording?.answered(answer);
      seen('ok');
      return call.method === 'GET' ? result : { answer: result, eventIds: eventIdsOf(answer) };
    } catch (err) {
      recording?.failed();
      seen(isAppError(err) ? err.code : 'internal');
      throw err;
    }
  };
}

/** The shortest of what the caller, its request and the house allow. */
function patienceFor(
  call: CallDefinition,
  options: CallOptions,
  { clock, defaultTimeoutMs }: { readonly clock: Clock; readonly defaultTimeoutMs: number },
): { timeoutMs: number; isCallersDeadline: boolean } {
  const nowMs = clock.monotonicMs();
  const deadlineAtMs = Math.min(
    options.deadlineAtMs ?? Number.POSITIVE_INFINITY,
    currentRequestContext()?.deadlineAtMs ?? Number.POSITIVE_INFINITY,
  );
  const leftMs = deadlineAtMs - nowMs;
  if (leftMs <= 0) throw deadlineExceeded(`${call.name} of ${call.service}`, 0);
  return {
    timeoutMs: Math.min(leftMs, defaultTimeoutMs),
    isCallersDeadline: leftMs < defaultTimeoutMs,
  };
}

/** Of a single entity only: a list has no version. */
function minVersionFor(knownTags: readonly string[] | undefined): number | undefined {
  const [tag, ...others] = knownTags ?? [];
  return tag === undefined || others.length > 0
    ? undefined
    : currentReadContext()?.minVersionOf(tag);
}

/** The answer by the call's contract. Throws the service's refusal, or upstream_failed. */
function resultOf(call: CallDefinition, { status, text }: ServiceAnswer): unknown {
  const body = parsed(text);
  if (status >= 300) throw fromProblem(call.service, status, body);
  const result = call.answer.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined ? '' : ` at ${issue.path.join('.')}: ${issue.message}`;
  throw upstreamFailed(call.service, `${call.name} did not answer by its contract${where}`);
}

function eventIdsOf({ headers }: ServiceAnswer): readonly string[] {
  return (headers[HEADERS.eventIds] ?? '').split(',').flatMap((id) => id.trim() || []);
}
