import { HEADERS, type Identity, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { type Clock, continueTrace, currentRequestContext, signClaims } from '@cloudphone/runtime';
import type { CallOptions } from './call-options.ts';

const IDENTITY_TTL_MS = 60_000;

/**
 * What every call carries: on whose behalf (the caller named in the options, else whoever made the
 * request, else the platform), the trace, the time that is left, and what the options ask for.
 */
export function createHeaderWriter({
  internalSecret,
  clock,
}: {
  readonly internalSecret: string;
  readonly clock: Clock;
}) {
  const sign = (identity: Identity): string =>
    signClaims(
      { ...identity },
      { secret: internalSecret, ttlMs: IDENTITY_TTL_MS, nowMs: clock.now() },
    );
  let platform = { text: '', untilMs: 0 };
  const platformIdentity = (): string => {
    if (clock.now() >= platform.untilMs) {
      platform = { text: sign(SYSTEM_IDENTITY), untilMs: clock.now() + IDENTITY_TTL_MS / 2 };
    }
    return platform.text;
  };

  return (
    options: CallOptions,
    call: { readonly timeoutMs: number; readonly minVersion: number | undefined },
  ): Record<string, string> => {
    const { identity, idempotencyKey, ifMatch } = options;
    const context = currentRequestContext();
    const onBehalf =
      identity === undefined ? (context?.internalIdentity ?? platformIdentity()) : sign(identity);
    return {
      accept: 'application/json',
      [HEADERS.internalIdentity]: onBehalf,
      [HEADERS.traceparent]: continueTrace(context?.traceparent),
      [HEADERS.requestDeadlineMs]: String(Math.max(1, Math.floor(call.timeoutMs))),
      ...(call.minVersion === undefined ? {} : { [HEADERS.minVersion]: String(call.minVersion) }),
      ...(idempotencyKey === undefined ? {} : { [HEADERS.idempotencyKey]: idempotencyKey }),
      ...(ifMatch === undefined
        ? {}
        : { 'if-match': typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch }),
    };
  };
}
