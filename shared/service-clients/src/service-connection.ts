import { appError, isAppError, upstreamUnavailable } from '@cloudphone/errors';
import type { Clock, Logger, Metrics } from '@cloudphone/runtime';
import CircuitBreaker from 'opossum';
import { createBulkhead } from './bulkhead.ts';
import { createTransport, type ServiceAnswer, type ServiceRequest } from './transport.ts';

export interface BreakerOptions {
  /** So many calls within ten seconds, half of them failed, open it; 10 unless told. */
  readonly minCalls?: number;
  /** How long it stays open before one call tries again; 2 s unless told. */
  readonly openForMs?: number;
}

export interface ConnectionOptions {
  readonly service: string;
  readonly url: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly maxConcurrent: number;
  readonly breaker: BreakerOptions;
}

export interface ServiceConnection {
  /** Any answer below 500; throws upstream_…, overloaded or deadline_exceeded. */
  send(request: ServiceRequest): Promise<ServiceAnswer>;
  close(): void;
}

/**
 * One service, behind a bulkhead (a slow one cannot hold everything) and a breaker (a dead one costs
 * nobody a time-out). Only what says that the service is ill counts against it: answers of 5xx,
 * broken connections and time-outs of our own, never a refusal or an impatient caller.
 */
export function createServiceConnection(options: ConnectionOptions): ServiceConnection {
  const { service, logger, metrics, clock, maxConcurrent } = options;
  const { minCalls = 10, openForMs = 2_000 } = options.breaker;
  const transport = createTransport({
    service,
    url: options.url,
    maxSockets: maxConcurrent,
    clock,
  });
  const bulkhead = createBulkhead(service, maxConcurrent);
  const breaker = new CircuitBreaker(transport.send, {
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: minCalls,
    resetTimeout: openForMs,
    rollingCountTimeout: 10_000,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (err) => !saysThatItIsIll(err),
  });
  const setOpen = metrics.gauge({
    name: 'cloudphone_service_breaker_open',
    help: '1 while calls to the service are refused here.',
    labels: ['service'],
  });
  setOpen(0, { service });
  breaker.on('open', () => {
    setOpen(1, { service });
    logger.warn({ service, openForMs }, 'calls are refused for a while: the service fails');
  });
  breaker.on('close', () => {
    setOpen(0, { service });
    logger.info({ service }, 'the service answers again');
  });

  const isOpen = () =>
    upstreamUnavailable(service, 'the breaker is open', { retryAfterMs: openForMs });
  const fire = async (request: ServiceRequest): Promise<ServiceAnswer> => {
    try {
      return await breaker.fire(request);
    } catch (err) {
      throw isAppError(err) ? err : isOpen();
    }
  };

  return {
    send: async (request) => {
      if (breaker.opened) throw isOpen();
      const patience = new AbortController();
      const cancel = clock.after(request.timeoutMs, () =>
        patience.abort(appError('overloaded', { privateDetail: `${service}: no place in time` })),
      );
      const startedAtMs = clock.monotonicMs();
      return bulkhead.run(() => {
        cancel();
        const leftMs = request.timeoutMs - (clock.monotonicMs() - startedAtMs);
        return fire({ ...request, timeoutMs: Math.max(1, leftMs) });
      }, patience.signal);
    },
    close: () => {
      breaker.shutdown();
      transport.close();
    },
  };
}

function saysThatItIsIll(err: unknown): boolean {
  return isAppError(err, 'upstream_failed', 'upstream_timeout', 'upstream_unavailable');
}
