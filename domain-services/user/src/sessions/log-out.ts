import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';
import { closeSessions } from './close-sessions.ts';

/** Closes a log-in; closing it again changes nothing and tells nobody. */
export function logOutRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.logOut, async ({ body }) => {
    const { sessionId } = body;
    const { eventIds } = await writer.write(async (tx) => {
      const session = await tx
        .selectFrom('sessions')
        .select('id')
        .where('id', '=', sessionId)
        .executeTakeFirst();
      if (session === undefined) throw notFound('session', sessionId);
      const at = new Date(clock.now());
      const [event] = await closeSessions(tx, session, { reason: 'logged_out', at });
      return event === undefined ? unchanged(undefined) : { result: undefined, events: [event] };
    });
    return { body: { sessionId }, eventIds };
  });
}
