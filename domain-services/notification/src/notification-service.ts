import type { DomainService, ServiceTools } from '@cloudphone/domain-service';
import { connectRedis, giveTimeToConnect } from '@cloudphone/redis';
import { createServiceClients } from '@cloudphone/service-clients';
import type { CampaignTools } from './campaigns/campaign-tools.ts';
import { startCampaignWork } from './campaigns/campaign-work.ts';
import { createPaceMeter } from './campaigns/pace-meter.ts';
import { createToldProgress } from './campaigns/told-progress.ts';
import { createChannels } from './channels/create-channels.ts';
import type { NotificationConfig } from './config.ts';
import { erasePerson } from './contacts/erase-person.ts';
import { followPeople } from './contacts/follow-people.ts';
import { tellOfEvents } from './event-notifications/event-reactions.ts';
import { startMessages } from './message-chores.ts';
import { notificationMigrations } from './migrations.ts';
import { createSendingPorts } from './preferences/sending-ports.ts';
import { notificationRoutes } from './routes.ts';
import type { NotificationTables } from './schema.ts';
import { seedNotifications } from './seed.ts';
import { createSending } from './sending/sending.ts';

/** How long a start waits for the campaigns' Redis; until it is there campaigns are refused. */
const REDIS_WAIT_MS = 1_000;

/** Templates, inbox, channels and campaigns. Workers (worker.ts) do the sending. */
export function notificationService(config: NotificationConfig): DomainService<NotificationTables> {
  let campaigns: Omit<CampaignTools, keyof ServiceTools<NotificationTables>> | undefined;
  return {
    name: 'notification',
    migrations: notificationMigrations,
    seed: seedNotifications,
    reactions: ({ postgres: { db }, writer, clock, logger }) => [
      ...followPeople,
      erasePerson,
      ...tellOfEvents({ ports: createSendingPorts({ db, writer, clock }), logger }),
    ],
    joinsRabbitmq: true,
    start: async (tools, lifecycle) => {
      const { postgres, writer, clock, logger } = tools;
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
        ports: createSendingPorts({ db, writer, clock }),
        ...(config.sendingLeaseMs !== undefined && { leaseMs: config.sendingLeaseMs }),
      });
      startMessages(config, { ...tools, channels }, lifecycle);
      await giveTimeToConnect([jobsRedis], REDIS_WAIT_MS);
      const { internalSecret, serviceUrls: urls, approvalAbove } = config;
      const { metrics } = tools;
      const people = createServiceClients({ urls, internalSecret, logger, metrics });
      lifecycle.onClose('service clients', () => people.close());
      const pace = createPaceMeter(clock);
      const told = createToldProgress();
      const { ledger } = sending;
      const parts = { sending, ledger, channels, jobsRedis, people, pace, told, approvalAbove };
      const work = startCampaignWork({ ...tools, ...parts }, lifecycle);
      campaigns = { ...parts, lookForWork: () => void work.look() };
    },
    routes: (tools) => {
      if (campaigns === undefined) throw new Error('routes are asked for before start');
      return notificationRoutes({ ...tools, ...campaigns }, config);
    },
  };
}
