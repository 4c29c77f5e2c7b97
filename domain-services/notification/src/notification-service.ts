import type { DomainService } from '@cloudphone/domain-service';
import { connectRedis, giveTimeToConnect } from '@cloudphone/redis';
import type { CampaignTools } from './campaigns/campaign-tools.ts';
import { createChannels } from './channels/create-channels.ts';
import type { NotificationConfig } from './config.ts';
import { followPeople } from './contacts/follow-people.ts';
import { notificationMigrations } from './migrations.ts';
import { notificationRoutes } from './routes.ts';
import type { NotificationTables } from './schema.ts';
import { seedNotifications } from './seed.ts';
import { createSending } from './sending/sending.ts';

/** How long a start waits for the campaigns' Redis; until it is there campaigns are refused. */
const REDIS_WAIT_MS = 1_000;

/** Templates, inbox, channels and campaigns. Workers (worker.ts) do the sending. */
export function notificationService(config: NotificationConfig): DomainService<NotificationTables> {
  let campaigns: Pick<CampaignTools, 'sending' | 'ledger' | 'channels' | 'jobsRedis'> | undefined;
  return {
    name: 'notification',
    migrations: notificationMigrations,
    seed: seedNotifications,
    reactions: () => followPeople,
    start: async ({ postgres, writer, clock, logger }, lifecycle) => {
      const jobsRedis = connectRedis({
        url: config.jobsRedisUrl,
        name: 'notification-service campaigns',
        manner: 'fail-fast',
        logger,
      });
      lifecycle.onClose('campaign redis', () => jobsRedis.close());
      const { db } = postgres;
      const channels = createChannels(config, { db, writer, clock, lifecycle });
      const sending = createSending({
        ...{ db, writer, channels, clock, logger, lifecycle },
        redis: jobsRedis,
      });
      await giveTimeToConnect([jobsRedis], REDIS_WAIT_MS);
      campaigns = { sending, ledger: sending.ledger, channels, jobsRedis };
    },
    routes: (tools) => {
      if (campaigns === undefined) throw new Error('routes are asked for before start');
      return notificationRoutes({ ...tools, ...campaigns });
    },
  };
}
