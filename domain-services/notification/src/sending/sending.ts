import type { Writer } from '@cloudphone/event-log';
import { createQueue, type JobQueue } from '@cloudphone/jobs';
import type { Kysely } from '@cloudphone/postgres';
import { type CampaignLedger, createCampaignLedger, type RedisConnection } from '@cloudphone/redis';
import type { Clock, Lifecycle, Logger } from '@cloudphone/runtime';
import type { ChannelTable } from '../channels/channel.ts';
import type { NotificationTables } from '../schema.ts';
import { type ChunkData, LANES, type Lane } from './chunk-job.ts';
import { LEASE_MS } from './lease.ts';
import { followRunId } from './run-id.ts';
import { OPEN_PORTS, type SendingPorts } from './sending-ports.ts';

/** What both ends of sending share: the service that begins campaigns and the workers that send. */
export interface Sending {
  readonly db: Kysely<NotificationTables>;
  readonly writer: Writer<NotificationTables>;
  /** Where ledgers, queues and limits live. */
  readonly redis: RedisConnection;
  readonly ledger: CampaignLedger;
  readonly lanes: Readonly<Record<Lane, JobQueue<ChunkData>>>;
  readonly channels: ChannelTable;
  readonly ports: SendingPorts;
  /** The present life of the Redis that holds the ledgers. */
  readonly currentRun: () => Promise<string>;
  /** How long a claim lasts. */
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** `redis` fail-fast: a claim must never be sent to a Redis that restarted since it was written. */
export function createSending(options: {
  readonly db: Kysely<NotificationTables>;
  readonly writer: Writer<NotificationTables>;
  readonly redis: RedisConnection;
  readonly channels: ChannelTable;
  /** Absent: nobody is withheld. */
  readonly ports?: SendingPorts;
  /** 10 s unless told; longer than any channel's time for one message. */
  readonly leaseMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}): Sending {
  const { db, writer, redis, channels, clock, logger, lifecycle } = options;
  const ledger = createCampaignLedger(redis);
  const lanes = {
    urgent: createQueue({ redis, job: LANES.urgent, logger }),
    shared: createQueue({ redis, job: LANES.shared, logger }),
  };
  lifecycle.onClose('campaign queues', async () => {
    await lanes.urgent.close();
    await lanes.shared.close();
  });
  const currentRun = followRunId(redis, ledger, clock);
  const ports = options.ports ?? OPEN_PORTS;
  const { leaseMs = LEASE_MS } = options;
  return { db, writer, redis, ledger, lanes, channels, ports, currentRun, leaseMs, clock, logger };
}
