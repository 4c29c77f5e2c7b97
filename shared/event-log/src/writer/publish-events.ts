import { buildEnvelope, definitionOf, deliveriesOf, type NewEvent } from '@cloudphone/contracts';
import { sql, type Transaction } from '@cloudphone/postgres';
import { type Clock, currentRequestContext, timeOrderedId } from '@cloudphone/runtime';
import { encodeLogRow } from '../log-row.ts';
import type { EventLogTables } from '../tables.ts';

/**
 * Puts events into the outbox, as the last statements of their transaction: a lock on each key is
 * held from here to the commit, so that events of one key are numbered in the order in which their
 * transactions commit. Throws a ZodError for data that does not fit its event. Returns their ids.
 */
export async function publishEvents(
  tx: Transaction<EventLogTables>,
  events: readonly NewEvent[],
  options: { readonly service: string; readonly clock: Clock },
): Promise<readonly string[]> {
  if (events.length === 0) return [];
  const rows = events.map((event) => outboxRow(event, options));
  await lockKeys(
    tx,
    rows.map((row) => row.key),
  );
  await tx.insertInto('outbox').values(rows).execute();
  return rows.map((row) => row.id);
}

function outboxRow(event: NewEvent, { service, clock }: { service: string; clock: Clock }) {
  const traceparent = currentRequestContext()?.traceparent;
  const nowMs = clock.now();
  const envelope = buildEnvelope(event, {
    id: timeOrderedId(nowMs),
    service,
    time: new Date(nowMs),
    ...(traceparent === undefined ? {} : { traceparent }),
  });
  return {
    id: envelope.id,
    key: definitionOf(event.type).key(envelope.data),
    type: event.type,
    payload: encodeLogRow(envelope, deliveriesOf(event)),
    traceparent: traceparent ?? null,
  };
}

/** In one order everywhere, so that two transactions with the same keys never wait for each other. */
async function lockKeys(
  tx: Transaction<EventLogTables>,
  keysOfEvents: readonly string[],
): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hash) from (
      select distinct hashtextextended(key, 1) as hash
      from unnest(${[...keysOfEvents]}::text[]) as key order by hash
    ) as sorted`.execute(tx);
}
