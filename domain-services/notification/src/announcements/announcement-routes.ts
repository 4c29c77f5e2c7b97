import { type Announcement, notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import { asJson } from '../json-column.ts';
import type { AnnouncementText, NotificationTables } from '../schema.ts';
import { maintenanceTexts } from './maintenance-texts.ts';

/**
 * One row and one event, whoever and however many it is for: sockets hear it at once, and inboxes
 * join it when they are read. (As a campaign it would cost a row and an event for each person.)
 */
export function createAnnouncementRoute({
  writer,
  clock,
}: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.createAnnouncement, async ({ body, identity }) => {
    const { title, body: text, audience } = body;
    const { result, eventIds } = await writer.write(async (tx) => {
      const announcement = await insertAnnouncement(tx, {
        type: 'system.announcement',
        texts: { '*': { title, body: text } },
        tenantId: audience === 'everyone' ? null : audience.tenant,
        createdBy: identity.userId,
        nowMs: clock.now(),
      });
      return {
        result: announcement,
        events: [{ type: 'system.announcement', data: announcement }],
      };
    });
    return { body: result, eventIds };
  });
}

const AN_HOUR_MS = 3_600_000;

/** Told to everybody; in inboxes it reads in each person's language. */
export function announceMaintenanceRoute({
  writer,
  clock,
}: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.announceMaintenance, async ({ body, identity }) => {
    const { at, message } = body;
    const until = body.until ?? new Date(Date.parse(at) + AN_HOUR_MS).toISOString();
    if (Date.parse(until) <= Date.parse(at)) {
      throw invalidInput([{ path: 'body.until', message: 'must be after at' }]);
    }
    if (Date.parse(until) <= clock.now()) {
      const path = body.until === undefined ? 'body.at' : 'body.until';
      throw invalidInput([{ path, message: 'is over' }]);
    }
    const { result, eventIds } = await writer.write(async (tx) => {
      const announcement = await insertAnnouncement(tx, {
        type: 'system.maintenance',
        texts: await maintenanceTexts(tx, { at, until, message }),
        tenantId: null,
        createdBy: identity.userId,
        nowMs: clock.now(),
      });
      const data = { ...announcement, at, until, message };
      return { result: data, events: [{ type: 'system.maintenance', data }] };
    });
    return { body: result, eventIds };
  });
}

async function insertAnnouncement(
  tx: Transaction<NotificationTables>,
  announced: Pick<Announcement, 'type' | 'tenantId' | 'createdBy'> & {
    readonly texts: Readonly<Record<string, AnnouncementText>>;
    readonly nowMs: number;
  },
): Promise<Announcement> {
  const { type, texts, tenantId, createdBy, nowMs } = announced;
  const text = texts['*'] ?? texts.en ?? Object.values(texts)[0];
  if (text === undefined) throw new Error('an announcement without a text');
  const id = timeOrderedId(nowMs);
  const createdAt = new Date(nowMs);
  await tx
    .insertInto('announcements')
    .values({
      ...{ id, type, texts: asJson(texts), tenant_id: tenantId, created_by: createdBy },
      created_at: createdAt,
    })
    .execute();
  return { id, type, ...text, tenantId, createdBy, createdAt: createdAt.toISOString() };
}
