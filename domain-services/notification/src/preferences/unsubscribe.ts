import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { NotificationTables } from '../schema.ts';
import type { UnsubscribeLinks } from './unsubscribe-links.ts';
import { writePreferences } from './write-preferences.ts';

/** The token is the only credential: whoever got the mail may end such mails. */
const access = { kind: 'public' } as const;

export function getUnsubscriptionRoute(links: UnsubscribeLinks): Route {
  return answerCall(
    notificationCalls.getUnsubscription,
    async ({ params: { token } }) => {
      const ended = links.read(token);
      if (ended === undefined) throw notFound('unsubscription', token);
      return { body: { category: ended.category, channel: ended.channel } };
    },
    { access },
  );
}

/** Takes the channel out of the category, once: a repeat changes nothing and tells nobody. */
export function unsubscribeRoute(
  { writer, clock }: ServiceTools<NotificationTables>,
  links: UnsubscribeLinks,
): Route {
  return answerCall(
    notificationCalls.unsubscribe,
    async ({ params: { token } }) => {
      const ended = links.read(token);
      if (ended === undefined) throw notFound('unsubscription', token);
      const { userId, category, channel } = ended;
      const { eventIds } = await writer.write(async (tx) => {
        const now = new Date(clock.now());
        const { preferences, isChanged } = await writePreferences(tx, { userId, now }, (before) => {
          const kept = before.channels[category].filter((kind) => kind !== channel);
          if (kept.length === before.channels[category].length) return undefined;
          return { ...before, channels: { ...before.channels, [category]: kept } };
        });
        if (!isChanged) return unchanged(undefined);
        return {
          result: undefined,
          events: [{ type: 'user.preferences_updated', data: preferences }],
        };
      });
      return { body: { category, channel }, eventIds };
    },
    { access },
  );
}
