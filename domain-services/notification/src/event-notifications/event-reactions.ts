import { type EventEnvelope, isEventType } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import type { NotificationTables } from '../schema.ts';
import type { TemplateValues } from '../templates/compile-text.ts';
import type { EventNotification } from './event-notification.ts';
import { EVENT_NOTIFICATIONS } from './event-notifications.ts';
import { countInAnHour } from './event-tallies.ts';
import { type Occurrence, type TellingTools, tellPeople } from './tell-people.ts';

type Reactions = readonly Reaction<NotificationTables>[];

/**
 * What people are told of events: the row in the inbox and the messages that wait to leave are
 * written in the reaction's transaction, so that each event tells each person exactly once.
 */
export function tellOfEvents(tools: TellingTools): Reactions {
  return [
    ...EVENT_NOTIFICATIONS.map((told, index) => reactionTo(told, index, tools)),
    toUnknown(tools),
  ];
}

function reactionTo(told: EventNotification, index: number, tools: TellingTools) {
  return defineReaction<typeof told.on, NotificationTables>({
    on: told.on,
    name: `tell-${told.template}-${index}`,
    run: async ({ data, envelope }, tx) => {
      const recipient = told.to(data as never);
      if (recipient === null) return [];
      const { atTheNthInAnHour: nth } = told;
      if (nth !== undefined) {
        const subject = `${told.on}/${JSON.stringify(recipient)}`;
        if ((await countInAnHour(tx, subject, envelope.time)) !== nth) return [];
      }
      const values = told.values(data as never, { time: envelope.time });
      return tellPeople(tx, { ...told, ...occurrenceOf(envelope), recipient, values }, tools);
    },
  });
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_VALUES = 50;

/**
 * Types that are registered nowhere here (`scheduler.…`, `media.…`, over the bridge): told to the
 * person in `data.userId` when operators have made a template of that code. Whatever else such an
 * event holds, it is no failure.
 */
function toUnknown(tools: TellingTools) {
  return defineReaction<'any', NotificationTables>({
    on: 'any',
    name: 'tell-unknown',
    run: async ({ envelope }, tx) => {
      if (isEventType(envelope.type)) return [];
      const { userId } = envelope.data;
      if (typeof userId !== 'string' || !UUID.test(userId)) return [];
      const occurrence: Occurrence = {
        ...occurrenceOf(envelope),
        template: envelope.type,
        by: ['websocket', 'email', 'push'],
        lane: 'normal',
        recipient: userId.toLowerCase(),
        values: plainValues(envelope.data),
      };
      return tellPeople(tx, occurrence, tools);
    },
  });
}

function occurrenceOf({ id, time }: EventEnvelope) {
  return { eventId: id, time };
}

function plainValues(data: EventEnvelope['data']): TemplateValues {
  const plain = Object.entries(data).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(plain.slice(0, MAX_VALUES)) as TemplateValues;
}
