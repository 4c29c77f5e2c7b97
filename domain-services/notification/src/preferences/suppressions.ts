import { type ChannelKind, notificationCalls, type Suppression, tags } from '@cloudphone/contracts';
import { newestPage, type ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { unchanged, type Writer } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Selectable } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import { isDeadNumber } from '../channels/sms-channel.ts';
import { isDeadMailbox } from '../channels/smtp-failures.ts';
import type { Contact } from '../contacts/find-contacts.ts';
import type { NotificationTables, SuppressionTable } from '../schema.ts';
import type { PermanentFailure } from '../sending/sending-ports.ts';

const MAX_DETAIL_LENGTH = 300;

/** Where a channel reaches somebody, in the form that is compared; undefined: nowhere, or in-app. */
export function addressOf(contact: Contact, channel: ChannelKind): string | undefined {
  if (channel === 'email') return contact.email?.toLowerCase();
  if (channel === 'sms') return contact.phone ?? undefined;
  return undefined;
}

/** Whether a refusal is the address's fault; of what a message says, no address is guilty. */
function isDeadAddress(channel: ChannelKind, code: string): boolean {
  if (channel === 'email') return isDeadMailbox(code);
  return channel === 'sms' && isDeadNumber(code);
}

/** Remembers the addresses that are dead; each is told once, however often it is refused. */
export async function suppressAddresses(
  writer: Writer<NotificationTables>,
  failures: readonly PermanentFailure[],
  nowMs: number,
): Promise<void> {
  const rows = failures.flatMap(({ contact, channel, code, detail, userId }) => {
    const address = contact && addressOf(contact, channel);
    if (address === undefined || !isDeadAddress(channel, code)) return [];
    return [
      {
        ...{ id: timeOrderedId(nowMs), channel, address, user_id: userId, code },
        detail: detail.slice(0, MAX_DETAIL_LENGTH),
        created_at: new Date(nowMs),
      },
    ];
  });
  if (rows.length === 0) return;
  await writer.write(async (tx) => {
    const created = await tx
      .insertInto('suppressions')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['channel', 'address']).doNothing())
      .returningAll()
      .execute();
    const [first, ...rest] = created.map(
      (row) => ({ type: 'suppression.created', data: presentSuppression(row) }) as const,
    );
    return first === undefined
      ? unchanged(undefined)
      : { result: undefined, events: [first, ...rest] };
  });
}

const NEWEST = { order: 'newest', at: 'created_at', id: 'id' } as const;

export function listSuppressionsRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listSuppressions, async ({ query }) => {
    let wanted = db.selectFrom('suppressions').selectAll();
    if (query.channel !== undefined) wanted = wanted.where('channel', '=', query.channel);
    const { items, nextCursor } = await newestPage(wanted, query, NEWEST);
    const page = { items: items.map(presentSuppression), nextCursor };
    return { body: page, tags: [{ tag: tags.suppressions() }] };
  });
}

/** For an address that works again: the next message is sent there. */
export function removeSuppressionRoute({ writer }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.removeSuppression, async ({ params: { suppressionId } }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .deleteFrom('suppressions')
        .where('id', '=', suppressionId)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw notFound('suppression', suppressionId);
      const suppression = presentSuppression(row);
      return {
        result: suppression,
        events: [{ type: 'suppression.removed', data: suppression }],
      };
    });
    return { body: result, eventIds };
  });
}

export function presentSuppression(row: Selectable<SuppressionTable>): Suppression {
  return {
    id: row.id,
    channel: row.channel,
    address: row.address,
    userId: row.user_id,
    code: row.code,
    detail: row.detail,
    createdAt: row.created_at.toISOString(),
  };
}
