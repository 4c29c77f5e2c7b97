import { tags, userCalls } from '@cloudphone/contracts';
import { newestPage, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** What staff did, the latest first. */
export function listAuditRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.listAudit, async ({ query }) => {
    const { actor, action, since } = query;
    let wanted = db.selectFrom('audit').selectAll();
    if (actor !== undefined) wanted = wanted.where('actor_id', '=', actor);
    if (since !== undefined) wanted = wanted.where('at', '>=', new Date(since));
    if (action?.includes('.')) wanted = wanted.where('action', '=', action);
    else if (action !== undefined) {
      wanted = wanted.where(sql<boolean>`starts_with(action, ${`${action}.`})`);
    }
    const { items, nextCursor } = await newestPage(wanted, query, {
      order: '-at',
      at: 'at',
      id: 'event_id',
    });
    const records = items.map((row) => ({
      id: row.event_id,
      at: row.at.toISOString(),
      actorId: row.actor_id,
      actorName: row.actor_name,
      action: row.action,
      subject: row.subject,
      fields: row.fields,
    }));
    const body = { items: records, nextCursor };
    return { body, tags: [{ tag: tags.audit() }] };
  });
}

/** Records are kept for a year. */
export async function forgetAudit({ postgres, clock }: ServiceTools<UserTables>): Promise<void> {
  await postgres.db
    .deleteFrom('audit')
    .where('at', '<', new Date(clock.now() - YEAR_MS))
    .execute();
}
