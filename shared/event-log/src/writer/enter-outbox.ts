import { prepared, sql, type Transaction } from '@cloudphone/postgres';
import type { EventLogTables } from '../tables.ts';

interface EnteringRow {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly payload: string;
  readonly traceparent: string | null;
}

/**
 * Puts events into the outbox, in one round trip, as the last statement of their transaction. A lock
 * on each key, taken before the first row gets its number and held until the commit, numbers events
 * of one key in the order in which their transactions commit. Keys are locked in one order
 * everywhere, so that two transactions with the same keys never wait for each other.
 */
export async function enterOutbox(
  tx: Transaction<EventLogTables>,
  rows: readonly EnteringRow[],
  options: { readonly skipsKnownIds?: boolean } = {},
): Promise<void> {
  const column = (name: keyof EnteringRow) => rows.map((row) => row[name]);
  await prepared(sql`
    with locked as materialized (
      select pg_advisory_xact_lock(hash) from (
        select distinct hashtextextended(key, 1) as hash
        from unnest(${column('key')}::text[]) as key order by hash
      ) as sorted
    )
    insert into outbox (id, key, type, payload, traceparent)
    select id, key, type, payload::jsonb, traceparent
    from unnest(
      ${column('id')}::uuid[], ${column('key')}::text[], ${column('type')}::text[],
      ${column('payload')}::text[], ${column('traceparent')}::text[]
    ) with ordinality as entering (id, key, type, payload, traceparent, place)
    where (select count(*) from locked) > 0
    order by place
    ${options.skipsKnownIds ? sql`on conflict (id) do nothing` : sql``}`).execute(tx);
}
