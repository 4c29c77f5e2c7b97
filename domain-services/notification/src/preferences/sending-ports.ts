import type { ChannelKind } from '@cloudphone/contracts';
import type { Writer } from '@cloudphone/event-log';
import type { Kysely } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import type { Contact } from '../contacts/find-contacts.ts';
import type { NotificationTables } from '../schema.ts';
import type { SendingOccasion, SendingPorts, Withheld } from '../sending/sending-ports.ts';
import { findSettings } from '../settings/find-settings.ts';
import { categoryOf } from './categories.ts';
import { withholdByCap } from './promotion-caps.ts';
import { quietHoursOf, quietUntilMs } from './quiet-hours.ts';
import { addressOf, suppressAddresses } from './suppressions.ts';
import { CAPPED, findWishes, NO_WISH, reasonToLeaveOut, type Wish } from './wishes.ts';

/** What sending asks of people's preferences, and tells of their addresses. */
export function createSendingPorts(options: {
  readonly db: Kysely<NotificationTables>;
  readonly writer: Writer<NotificationTables>;
  readonly clock: Clock;
}): SendingPorts {
  const { db, writer, clock } = options;
  return {
    mayStillSend: async (contacts, occasion) => {
      if (contacts.length === 0) return new Map();
      const [wishes, { quietHours }] = await Promise.all([
        findWishes(db, contacts.map(addressed(occasion.channel)), occasion.channel),
        findSettings(db),
      ]);
      const withheld = new Map<string, Withheld>();
      // Whoever has said nothing is treated as everybody in their zone who has not.
      const inZone = new Map<string, Withheld | undefined>();
      const reasonOf = (contact: Contact): Withheld | undefined => {
        const wish = wishes.get(contact.userId);
        if (wish !== undefined) return reasonNotTo(contact, { occasion, wish, quietHours });
        const { timeZone } = contact;
        if (!inZone.has(timeZone)) {
          const of = { occasion, wish: NO_WISH, quietHours };
          inZone.set(timeZone, reasonNotTo(contact, of));
        }
        return inZone.get(timeZone);
      };
      for (const contact of contacts) {
        const reason = reasonOf(contact);
        if (reason !== undefined) withheld.set(contact.userId, reason);
      }
      if (categoryOf(occasion.templateCode) !== 'promotions') return withheld;
      const capped = contacts.flatMap(({ userId }) => {
        const limit = wishes.get(userId)?.promotionsPerDay ?? null;
        return limit === null || withheld.has(userId) ? [] : [{ userId, limit }];
      });
      for (const userId of await withholdByCap(db, capped, occasion)) {
        withheld.set(userId, { kind: 'skipped', ...CAPPED });
      }
      return withheld;
    },
    suppress: (failures) => suppressAddresses(writer, failures, clock.now()),
  };
}

/** Someone with where a channel reaches them. */
const addressed = (channel: ChannelKind) => (contact: Contact) => ({
  userId: contact.userId,
  address: addressOf(contact, channel),
});

function reasonNotTo(
  contact: Contact,
  {
    occasion,
    wish,
    quietHours,
  }: {
    readonly occasion: SendingOccasion;
    readonly wish: Wish;
    readonly quietHours: Parameters<typeof quietHoursOf>[1];
  },
): Withheld | undefined {
  const leftOut = reasonToLeaveOut(wish, occasion);
  if (leftOut !== undefined) return { kind: 'skipped', ...leftOut };
  if (categoryOf(occasion.templateCode) === 'security') return undefined;
  // An inbox wakes nobody up.
  if (occasion.priority === 'urgent' || occasion.channel === 'websocket') return undefined;
  const hours = quietHoursOf(wish.quietHours, quietHours);
  const untilMs = hours && quietUntilMs(hours, contact.timeZone, occasion.nowMs);
  if (untilMs === undefined) return undefined;
  const retryInMs = untilMs - occasion.nowMs;
  return { kind: 'unavailable', code: 'quiet_hours', detail: 'it is late there', retryInMs };
}
