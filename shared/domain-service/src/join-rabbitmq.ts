import {
  createFollower,
  createRabbitmqBridge,
  defineReaction,
  type EventLogTables,
} from '@cloudphone/event-log';
import { createLogStore } from '@cloudphone/redis';
import type { Lifecycle } from '@cloudphone/runtime';
import type { DomainService, ServiceTools } from './service-definition.ts';

/** Where this follower is in the log is kept apart from the service's own. */
const GROUP = 'rabbitmq';

/**
 * Joins the log with a platform's RabbitMQ, where one is configured, until the lifecycle closes:
 * what others publish there is taken in through this service's outbox, and with `isPublishing` every
 * event of the log is sent there, in order by key, each at least once under its id. A broker that is
 * away keeps nobody from anything else. One service does it; any number of its instances may.
 */
export async function joinRabbitmq<Schema extends EventLogTables>(
  tools: ServiceTools<Schema>,
  service: DomainService<Schema>,
  lifecycle: Lifecycle,
): Promise<void> {
  const { postgres, redis, logger, metrics, clock, health } = tools;
  const { rabbitmq } = tools.config;
  if (service.joinsRabbitmq !== true || rabbitmq === undefined) return;
  const { url, isPublishing } = rabbitmq;
  const bridge = await createRabbitmqBridge({ url, postgres, logger, metrics, clock });
  lifecycle.onClose('rabbitmq', () => bridge.close());
  health.addPart('rabbitmq', {
    isRequired: false,
    check: () => ({ status: bridge.isConnected() ? 'ok' : 'degraded' }),
  });
  if (!isPublishing) return;

  const store = createLogStore({ connection: redis, logger });
  lifecycle.onClose('log for rabbitmq', () => store.close());
  const follower = createFollower({
    group: GROUP,
    postgres,
    store,
    reader: store,
    reactions: [
      defineReaction<'any', Schema>({
        on: 'any',
        name: 'send-to-rabbitmq',
        run: async ({ envelope }) => {
          await bridge.send(envelope);
          return [];
        },
      }),
    ],
    service: service.name,
    logger,
    metrics,
    clock,
  });
  lifecycle.onClose('rabbitmq follower', () => follower.close());
  await follower.start();
}
