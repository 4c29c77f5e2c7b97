import { repeatEvery, type ServiceTools } from '@cloudphone/domain-service';
import type { Lifecycle } from '@cloudphone/runtime';
import { createServiceClients } from '@cloudphone/service-clients';
import { alertOfDeliveryFailures } from './announcements/alert-operators.ts';
import type { ChannelTable } from './channels/channel.ts';
import type { NotificationConfig } from './config.ts';
import { createCompleteValues } from './event-notifications/password-reset.ts';
import { startEventSending } from './event-notifications/start-event-sending.ts';
import { forgetOldNotifications } from './inbox/forget-old-notifications.ts';
import { RETENTION_MS } from './inbox/retention.ts';
import { forgetCountedPromotions } from './preferences/promotion-caps.ts';
import { createSendingPorts } from './preferences/sending-ports.ts';
import type { NotificationTables } from './schema.ts';
import { createCompiledTemplates } from './templates/compiled-templates.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Begins to send messages about events, and what is done every so often. Each instance does both. */
export function startMessages(
  config: NotificationConfig,
  service: ServiceTools<NotificationTables> & { readonly channels: ChannelTable },
  lifecycle: Lifecycle,
): void {
  const { postgres, writer, clock, logger, metrics, channels } = service;
  const { db } = postgres;
  const tools = { clock, logger, lifecycle };
  const { publicOrigin, internalSecret, serviceUrls: urls } = config;
  const services = createServiceClients({ urls, internalSecret, logger, metrics, clock });
  lifecycle.onClose('service clients of messages', () => services.close());
  const sending = {
    ...{ db, channels, clock, templates: createCompiledTemplates() },
    ports: createSendingPorts({ db, writer, clock }),
    completeValues: createCompleteValues({ user: services.user, publicOrigin, clock }),
  };
  startEventSending(sending, { logger, lifecycle, metrics });
  startChores(service, tools);
}

/** All of it may be done twice. */
function startChores(
  { postgres, writer, clock }: ServiceTools<NotificationTables>,
  tools: Parameters<typeof repeatEvery>[2],
): void {
  const { db } = postgres;
  const alert = () => alertOfDeliveryFailures(writer, clock.now());
  repeatEvery(MINUTE_MS, { name: 'alert operators', run: alert }, tools);
  const forget = async () => {
    const nowMs = clock.now();
    await forgetOldNotifications(writer, nowMs);
    await forgetCountedPromotions(db, nowMs);
    // No answer shows these rows any more.
    await db
      .deleteFrom('announcements')
      .where('created_at', '<', new Date(nowMs - RETENTION_MS - HOUR_MS))
      .execute();
    await db
      .deleteFrom('event_messages')
      .where('state', '!=', 'waiting')
      .where('created_at', '<', new Date(nowMs - 30 * DAY_MS))
      .execute();
    await db
      .deleteFrom('event_tallies')
      .where('began_at', '<', new Date(nowMs - DAY_MS))
      .execute();
    await db
      .deleteFrom('captured_messages')
      .where('captured_at', '<', new Date(nowMs - RETENTION_MS))
      .execute();
  };
  repeatEvery(HOUR_MS, { name: 'forget old messages', run: forget }, tools);
}
