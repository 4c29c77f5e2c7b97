import { type CallDefinition, type DomainServiceName, SERVICE_CALLS } from '@cloudphone/contracts';
import { type Clock, type Logger, type Metrics, systemClock } from '@cloudphone/runtime';
import type { CallOptions, ServiceClients } from './call-options.ts';
import { createCaller } from './create-caller.ts';
import type { AnyInput } from './prepare-call.ts';
import { type BreakerOptions, createServiceConnection } from './service-connection.ts';

export interface ServiceClientsOptions {
  /** `http://127.0.0.1:4101` by service. */
  readonly urls: Readonly<Record<DomainServiceName, string>>;
  /** Shared with the services: signs on whose behalf a call is made. */
  readonly internalSecret: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Longest that a call may take when nobody is in a greater hurry; 2 s unless told. */
  readonly defaultTimeoutMs?: number;
  /** 64 unless told; twice as many wait, the rest is refused. */
  readonly maxConcurrentPerService?: number;
  readonly breaker?: BreakerOptions;
}

/**
 * The services' calls as functions. A GET resolves to its answer, a write to `{ answer, eventIds }`.
 * Refusals of a service (4xx) are thrown under their own codes; its failures as upstream_failed,
 * upstream_timeout or upstream_unavailable; invalid_input is thrown before anything is sent. Inside
 * a view's load every GET is recorded with what it was built from. `close` ends the connections.
 */
export function createServiceClients(
  options: ServiceClientsOptions,
): ServiceClients & { close(): void } {
  const { urls, logger, metrics, clock = systemClock } = options;
  const caller = createCaller({
    internalSecret: options.internalSecret,
    metrics,
    clock,
    defaultTimeoutMs: options.defaultTimeoutMs ?? 2_000,
  });
  const connections = new Map(
    (Object.keys(SERVICE_CALLS) as DomainServiceName[]).map((service) => [
      service,
      createServiceConnection({
        service,
        url: urls[service],
        logger,
        metrics,
        clock,
        maxConcurrent: options.maxConcurrentPerService ?? 64,
        breaker: options.breaker ?? {},
      }),
    ]),
  );
  const clients = Object.fromEntries(
    [...connections].map(([service, connection]) => [
      service,
      Object.fromEntries(
        Object.entries<CallDefinition>(SERVICE_CALLS[service]).map(([name, call]) => [
          name,
          (input?: AnyInput, callOptions?: CallOptions) =>
            caller(connection, call, input, callOptions),
        ]),
      ),
    ]),
  );
  return {
    ...(clients as unknown as ServiceClients),
    close: () => {
      for (const connection of connections.values()) connection.close();
    },
  };
}
