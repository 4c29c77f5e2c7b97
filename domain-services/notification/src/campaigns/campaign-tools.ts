import type { ServiceTools } from '@cloudphone/domain-service';
import type { RedisConnection } from '@cloudphone/redis';
import type { ChannelTable } from '../channels/channel.ts';
import type { NotificationTables } from '../schema.ts';
import type { Sending } from '../sending/sending.ts';

/** What the campaign routes are given beside what every route of the service is. */
export interface CampaignTools extends ServiceTools<NotificationTables> {
  readonly sending: Sending;
  readonly ledger: Sending['ledger'];
  readonly channels: ChannelTable;
  /** Where ledgers and queues live. */
  readonly jobsRedis: RedisConnection;
}
