import type { EventBody, NewEvent } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import type { SessionEnd, UserTables } from '../schema.ts';

/**
 * Closes the open ones among the log-ins named (one, or all of a person's but the one they keep) and returns the event
 * of each: their refresh tokens end now, their access tokens and sockets when the event is heard.
 */
export async function closeSessions(
  tx: Transaction<UserTables>,
  which: { readonly id: string } | { readonly personId: string; readonly exceptId?: string },
  options: { readonly reason: SessionEnd; readonly at: Date },
): Promise<NewEvent[]> {
  const closed = await tx
    .updateTable('sessions')
    .set({ closed_at: options.at, closed_because: options.reason })
    .where('closed_at', 'is', null)
    .where((is) => {
      if ('id' in which) return is('id', '=', which.id);
      const all = is('person_id', '=', which.personId);
      return which.exceptId === undefined ? all : is.and([all, is('id', '!=', which.exceptId)]);
    })
    .returning(['id', 'person_id'])
    .execute();
  return closed.map((session) => {
    const data: EventBody<'user.session_revoked'> = {
      userId: session.person_id,
      sessionId: session.id,
      at: options.at.toISOString(),
      reason: options.reason,
    };
    return { type: 'user.session_revoked', data };
  });
}
