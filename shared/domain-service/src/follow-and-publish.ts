import type { Position } from '@cloudphone/contracts';
import {
  createBackoff,
  createFollower,
  createRelay,
  type EventLogTables,
  type Follower,
  findGroupPosition,
  type Relay,
} from '@cloudphone/event-log';
import { createLogStore, type LogStore } from '@cloudphone/redis';
import type { Health, Lifecycle } from '@cloudphone/runtime';
import { endEpochAfterGrowth } from './demo/seed-demo.ts';
import type { DomainService, ServiceTools } from './service-definition.ts';

/** An outbox that holds events for longer means that nobody hears of changes. */
const WORRYING_LAG_MS = 10_000;

/** A service's two ends of the log, for those who watch them. */
export interface EventEnds {
  readonly relay: Relay;
  readonly store: LogStore;
  /** Undefined for a service that follows nothing. */
  readonly follower: Follower | undefined;
  /** As last noted, by whichever instance follows. */
  positionOfGroup(): Promise<Position | undefined>;
}

/**
 * The service's two ends of the log: its outbox flows out, its reactions follow. Both wait out a
 * Redis that is away; nothing here keeps the service from starting.
 */
export async function followAndPublish<Schema extends EventLogTables>(
  service: DomainService<Schema>,
  tools: ServiceTools<Schema>,
  options: { readonly lifecycle: Lifecycle; readonly health: Health },
): Promise<EventEnds> {
  const { lifecycle, health } = options;
  const { postgres, redis, logger, metrics, clock } = tools;
  const store = createLogStore({ connection: redis, logger });
  lifecycle.onClose('log', () => store.close());

  const relay = createRelay({ postgres, store, service: service.name, logger, metrics, clock });
  lifecycle.onClose('relay', () => relay.close());
  await relay.start();
  health.addPart('outbox', {
    isRequired: false,
    check: async () => {
      const { oldestMs, refused } = await relay.lag();
      return { status: oldestMs > WORRYING_LAG_MS || refused > 0 ? 'degraded' : 'ok' };
    },
  });

  const stopping = new AbortController();
  lifecycle.onClose('end of the epoch', async () => stopping.abort());
  const backoff = createBackoff({ clock, logger, what: 'ending the epoch after new demo data' });
  const endEpoch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await endEpochAfterGrowth(postgres, () => store.rotateEpoch());
        return backoff.succeeded();
      } catch (err) {
        await backoff.failed(err, stopping.signal);
      }
    }
  };
  redis.onReady(() => void endEpoch());

  const positionOfGroup = () => findGroupPosition(postgres, service.name);
  const reactions = service.reactions?.(tools) ?? [];
  if (reactions.length === 0) return { relay, store, follower: undefined, positionOfGroup };
  const follower = createFollower({
    group: service.name,
    postgres,
    store,
    reader: store,
    reactions,
    service: service.name,
    logger,
    metrics,
    clock,
  });
  lifecycle.onClose('follower', () => follower.close());
  await follower.start();
  return { relay, store, follower, positionOfGroup };
}
