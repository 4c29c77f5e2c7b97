import { type Identity, type Position, parseChannel } from '@cloudphone/contracts';
import { decodeLogRow, type LogRow } from '@cloudphone/event-log';
import type { LogStore } from '@cloudphone/redis';

export interface RecentQuery {
  readonly limit: number;
  /** Only those before this row. */
  readonly beforeSeq?: number | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  /** Epoch ms: nothing that was made earlier. */
  readonly sinceMs?: number | undefined;
}

/** An event as a person of the console may see it. */
export interface RecentEvent {
  readonly position: Position;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly traceparent: string | null;
  readonly actorId: string | null;
  readonly tags: readonly string[];
  /** The fields that the register shows to somebody with these permissions; none by default. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Rows of several services are only nearly in the order of their times. */
const OUT_OF_ORDER_MS = 60_000;
const READ_ROWS = 200;
/** Rows that one request looks at, however rare what it looks for is. */
const MAX_ROWS = 5_000;

/**
 * Looks back through the log, newest first, over at most 5,000 rows; `nextSeq` is where to go on,
 * null at the log's beginning. Rejects while the log is away.
 */
export async function findRecentEvents(
  store: Pick<LogStore, 'readBefore'>,
  query: RecentQuery,
  permissions: Identity['permissions'],
): Promise<{ readonly items: readonly RecentEvent[]; readonly nextSeq: number | null }> {
  const items: RecentEvent[] = [];
  let before = query.beforeSeq;
  for (let looked = 0; looked < MAX_ROWS; looked += READ_ROWS) {
    const rows = await store.readBefore(before, { count: READ_ROWS });
    for (const stored of rows) {
      const row = decodeLogRow(stored, stored.epoch);
      const tooEarlyMs =
        (query.sinceMs ?? Number.NEGATIVE_INFINITY) - Date.parse(row.envelope.time);
      if (tooEarlyMs > OUT_OF_ORDER_MS) return { items, nextSeq: null };
      before = stored.seq;
      if (tooEarlyMs <= 0 && isMeant(row, query)) items.push(presentEvent(row, permissions));
      if (items.length === query.limit) return { items, nextSeq: before };
    }
    if (rows.length < READ_ROWS) return { items, nextSeq: null };
  }
  return { items, nextSeq: before ?? null };
}

function isMeant({ envelope }: LogRow, { type, subject }: RecentQuery): boolean {
  return (
    (type === undefined || envelope.type === type) &&
    (subject === undefined || envelope.subject === subject)
  );
}

function presentEvent(
  { position, envelope, tags, deliveries }: LogRow,
  permissions: Identity['permissions'],
): RecentEvent {
  const { id, type, source, subject, time, traceparent = null, actorid = null } = envelope;
  const seen = deliveries.filter(({ channel }) => isShownTo(permissions, channel));
  const data = Object.assign({}, ...seen.map((delivery) => delivery.data));
  return { position, id, type, source, subject, time, traceparent, actorId: actorid, tags, data };
}

/** As if they heard it live. */
function isShownTo(permissions: readonly string[], channel: string): boolean {
  const name = parseChannel(channel);
  if (name?.kind === 'admin') return true;
  if (name?.kind === 'admin-device') return permissions.includes('devices:read');
  return name?.kind === 'admin-with' && permissions.includes(name.permission);
}
