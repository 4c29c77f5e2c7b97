import type { ChannelKind } from '@cloudphone/contracts';
import type { Kysely } from '@cloudphone/postgres';
import { findContacts } from '../contacts/find-contacts.ts';
import type { NotificationTables } from '../schema.ts';
import { categoryOf } from './categories.ts';
import { findCapped } from './promotion-caps.ts';
import { addressOf } from './suppressions.ts';
import { CAPPED, findWishes, type LeftOut, reasonToLeaveOut } from './wishes.ts';

interface FreezeOccasion {
  readonly batchId: string;
  readonly templateCode: string;
  readonly channels: readonly ChannelKind[];
  /** When sending begins, as far as it is known: a limit counts the day before it. */
  readonly startsAtMs: number;
}

/**
 * Who of an audience gets nothing, by channel and user id, as it stands when the audience is frozen:
 * dead addresses, unwanted kinds, limits that are reached. Asked again of all others when they are
 * claimed; what only puts somebody off (the night) is asked then alone, and so is whether anybody
 * knows them. Counts towards nobody's limit. Costs one query, and one or two a channel.
 */
export async function findLeftOutAtFreeze(
  db: Kysely<NotificationTables>,
  userIds: readonly string[],
  { batchId, templateCode, channels, startsAtMs }: FreezeOccasion,
): Promise<ReadonlyMap<ChannelKind, ReadonlyMap<string, LeftOut>>> {
  const contacts = [...(await findContacts(db, userIds)).values()];
  const found = new Map<ChannelKind, ReadonlyMap<string, LeftOut>>();
  for (const channel of channels) {
    const people = contacts.map((contact) => {
      return { userId: contact.userId, address: addressOf(contact, channel) };
    });
    const leftOut = new Map<string, LeftOut>();
    const limited: { userId: string; limit: number }[] = [];
    for (const [userId, wish] of await findWishes(db, people, channel)) {
      const reason = reasonToLeaveOut(wish, { templateCode, channel });
      if (reason !== undefined) leftOut.set(userId, reason);
      else if (wish.promotionsPerDay !== null) {
        limited.push({ userId, limit: wish.promotionsPerDay });
      }
    }
    if (categoryOf(templateCode) === 'promotions') {
      const at = { batchId, channel, nowMs: startsAtMs };
      for (const userId of await findCapped(db, limited, at)) leftOut.set(userId, CAPPED);
    }
    found.set(channel, leftOut);
  }
  return found;
}
