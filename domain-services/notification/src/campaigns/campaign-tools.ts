import type { ServiceTools } from '@cloudphone/domain-service';
import type { RedisConnection } from '@cloudphone/redis';
import type { ChannelTable } from '../channels/channel.ts';
import type { NotificationTables } from '../schema.ts';
import type { PeopleServices } from '../segments/people-services.ts';
import type { Sending } from '../sending/sending.ts';
import type { PaceMeter } from './pace-meter.ts';
import type { ToldProgress } from './told-progress.ts';

/** What the campaign routes are given beside what every route of the service is. */
export interface CampaignTools extends ServiceTools<NotificationTables> {
  readonly sending: Sending;
  readonly ledger: Sending['ledger'];
  readonly channels: ChannelTable;
  /** Where ledgers and queues live. */
  readonly jobsRedis: RedisConnection;
  readonly people: PeopleServices;
  readonly pace: PaceMeter;
  readonly told: ToldProgress;
  /** Campaigns for more people than this need somebody else's approval; 0: none does. */
  readonly approvalAbove: number;
  /** Looks for campaigns that are to be prepared or begun, without being waited for. */
  readonly lookForWork: () => void;
}
