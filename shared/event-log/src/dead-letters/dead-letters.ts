import type { DeadLetter, DeadLetterSelection, EventEnvelope } from '@cloudphone/contracts';
import { type Kysely, type Postgres, sql } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import type { DeadLetterState, EventLogTables } from '../tables.ts';
import type { Writer } from '../writer/writer.ts';
import { unchanged } from '../writer/written.ts';

/** What operators see of a group's dead letters, and decide; the group's follower carries it out. */
export interface DeadLetters {
  /** In their order; up to `limit + 1`, the one too many says that there are more. */
  list(query: {
    readonly limit: number;
    readonly afterSeq?: number;
    readonly type?: string | undefined;
    readonly key?: string | undefined;
    readonly state?: DeadLetterState | undefined;
  }): Promise<readonly (DeadLetter & { readonly seq: number })[]>;
  find(eventId: string): Promise<(DeadLetter & { readonly envelope: EventEnvelope }) | undefined>;
  /**
   * Of those selected, `replay` applies to the parked and `discard` to the held as well. Resolves
   * with how many there were; asked again, none are.
   */
  judge(
    decision: 'replay' | 'discard',
    selection: DeadLetterSelection,
    userId: string | null,
  ): Promise<{ readonly accepted: number; readonly eventIds: readonly string[] }>;
  count(): Promise<LetterCount>;
}

interface LetterCount {
  readonly parked: number;
  readonly held: number;
}

export function createDeadLetters<Schema extends EventLogTables>(options: {
  readonly group: string;
  readonly service: string;
  readonly postgres: Postgres<Schema>;
  readonly writer: Writer<Schema>;
  readonly clock: Clock;
}): DeadLetters {
  const { group, service, writer, clock } = options;
  const db = options.postgres.db as unknown as Kysely<EventLogTables>;
  const letters = () => db.selectFrom('parked').selectAll().where('follower_group', '=', group);

  return {
    list: async ({ limit, afterSeq = 0, type, key, state }) => {
      let query = letters().where('seq', '>', afterSeq);
      if (type !== undefined) query = query.where('type', '=', type);
      if (key !== undefined) query = query.where('key', '=', key);
      if (state !== undefined) query = query.where('state', '=', state);
      const rows = await query
        .orderBy('seq')
        .limit(limit + 1)
        .execute();
      return rows.map((row) => ({ ...presentLetter(row), seq: row.seq }));
    },
    find: async (eventId) => {
      const row = await letters().where('event_id', '=', eventId).executeTakeFirst();
      if (row === undefined) return undefined;
      // The driver has parsed the JSON.
      const { envelope } = row.row as unknown as { envelope: EventEnvelope };
      return { ...presentLetter(row), envelope };
    },
    judge: async (decision, selection, userId) => {
      const written = await writer.write(async (tx) => {
        const accepted = await mark(tx as unknown as Kysely<EventLogTables>, decision, selection);
        if (accepted === 0) return unchanged(0);
        const at = new Date(clock.now()).toISOString();
        const data = { service, decision, count: accepted, userId, at };
        return { result: accepted, events: [{ type: 'system.dead_letters_judged', data }] };
      });
      return { accepted: written.result, eventIds: written.eventIds };
    },
    count: () => countLetters(db, group),
  };

  async function mark(
    tx: Kysely<EventLogTables>,
    decision: 'replay' | 'discard',
    selection: DeadLetterSelection,
  ): Promise<number> {
    let update = tx
      .updateTable('parked')
      .set({ state: decision === 'replay' ? 'replaying' : 'discarding', deliveries: 0 })
      .where('follower_group', '=', group)
      .where('state', 'in', decision === 'replay' ? ['parked'] : ['parked', 'held']);
    const { ids, filter: { type, key } = {} } = selection;
    if (ids !== undefined) update = update.where('event_id', 'in', ids);
    if (type !== undefined) update = update.where('type', '=', type);
    if (key !== undefined) update = update.where('key', '=', key);
    return Number((await update.executeTakeFirst()).numUpdatedRows);
  }
}

/** What a group has put aside: for operators to judge, and what waits behind that. */
export async function countLetters(
  db: Kysely<EventLogTables>,
  group: string,
): Promise<LetterCount> {
  const { rows } = await sql<LetterCount>`
    select count(*) filter (where state <> 'held') as parked,
      count(*) filter (where state = 'held') as held
    from parked where follower_group = ${group}`.execute(db);
  return rows[0] ?? { parked: 0, held: 0 };
}

function presentLetter(row: {
  event_id: string;
  type: string;
  key: string;
  state: DeadLetterState;
  error: string;
  attempts: number;
  traceparent: string | null;
  parked_at: Date;
}): DeadLetter {
  const { event_id, type, key, state, error, attempts, traceparent, parked_at } = row;
  const parkedAt = parked_at.toISOString();
  return { eventId: event_id, type, key, state, error, attempts, traceparent, parkedAt };
}
