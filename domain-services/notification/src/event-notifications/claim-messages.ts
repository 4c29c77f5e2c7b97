import { type Kysely, type Selectable, sql } from '@cloudphone/postgres';
import type { EventMessageTable, NotificationTables } from '../schema.ts';

export type ClaimedMessage = Selectable<EventMessageTable> & {
  readonly claimed_until: Date;
  /** Somebody claimed it before and never said what became of it. */
  readonly was_claimed: boolean;
};

/** Takes what is due and nobody holds; each is held by one until its lease ends. */
export async function claimMessages(
  db: Kysely<NotificationTables>,
  options: {
    readonly lane: EventMessageTable['lane'];
    readonly limit: number;
    readonly nowMs: number;
    readonly leaseMs: number;
  },
): Promise<readonly ClaimedMessage[]> {
  const now = new Date(options.nowMs);
  const { rows } = await sql<ClaimedMessage>`
    with due as (
      select id, claimed_until is not null as was_claimed from event_messages
      where lane = ${options.lane} and state = 'waiting' and due_at <= ${now}
        and (claimed_until is null or claimed_until < ${now})
      order by due_at limit ${options.limit}
      for update skip locked
    )
    update event_messages as message
    set claimed_until = ${new Date(options.nowMs + options.leaseMs)}, attempts = attempts + 1
    from due where message.id = due.id
    returning message.*, due.was_claimed`.execute(db);
  return rows;
}
