import { unchanged, type Writer } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

const WINDOW_MS = 600_000;
/** Addresses that died within the window. */
const THRESHOLD = 20;
const SILENCE_MS = 3_600_000;

/**
 * Raises `system.alert` for each channel in which many addresses were refused for good lately: one
 * dead address is one person's trouble, twenty in ten minutes are ours. Once an hour for a channel.
 */
export async function alertOfDeliveryFailures(
  writer: Writer<NotificationTables>,
  nowMs: number,
): Promise<void> {
  const [now, since] = [new Date(nowMs), new Date(nowMs - WINDOW_MS)];
  await writer.write(async (tx) => {
    const channels = await tx
      .selectFrom('suppressions')
      .select(['channel', sql<number>`count(*)::integer`.as('count')])
      .where('created_at', '>', since)
      .groupBy('channel')
      .having(sql<boolean>`count(*) >= ${THRESHOLD}`)
      .execute();
    const events = [];
    for (const { channel, count } of channels) {
      const alerted = await tx
        .insertInto('alerts')
        .values({ subject: `delivery_failures/${channel}`, alerted_at: now })
        .onConflict((conflict) =>
          conflict
            .column('subject')
            .doUpdateSet({ alerted_at: now })
            .where('alerts.alerted_at', '<', new Date(nowMs - SILENCE_MS)),
        )
        .returning('subject')
        .executeTakeFirst();
      if (alerted === undefined) continue;
      const times = { since: since.toISOString(), at: now.toISOString() };
      const data = { kind: 'delivery_failures', channel, count, ...times } as const;
      events.push({ type: 'system.alert', data } as const);
    }
    const [first, ...rest] = events;
    return first === undefined
      ? unchanged(undefined)
      : { result: undefined, events: [first, ...rest] };
  });
}
