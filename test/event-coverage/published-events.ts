import { readFile } from 'node:fs/promises';
import {
  definitionOf,
  EVENT_TYPES,
  type EventEnvelope,
  type EventType,
  isEventType,
} from '@cloudphone/contracts';
import { withDatabase } from '@cloudphone/deploy';
import { connectPostgres, sql } from '@cloudphone/postgres';
import { silentLogger } from '@cloudphone/runtime';
import { CloudEvent } from 'cloudevents';

/**
 * What a test run published: read from the outboxes of all its databases, and from what tests noted
 * of events that a BFF tells without an outbox.
 */
export interface PublishedEvents {
  /** By type; the processes that published it, and how often. */
  readonly counts: ReadonlyMap<string, { readonly services: Set<string>; count: number }>;
  /** Events whose data does not fit their schema, or that are no CloudEvents for the official SDK. */
  readonly misfits: readonly string[];
}

const SERVICE = /^\/services\/((?:user|device|app|billing|notification)|bff-(?:admin|user))$/;

/** Where a run leaves what it published. */
export interface RunPlaces {
  readonly postgresUrl: string;
  readonly toldEventsFile: string;
}

export async function readPublishedEvents(run: RunPlaces): Promise<PublishedEvents> {
  const counts = new Map<string, { services: Set<string>; count: number }>();
  const misfits: string[] = [];
  const count = (envelope: EventEnvelope, where: string): void => {
    const { type, source } = envelope;
    const service = SERVICE.exec(source)?.[1];
    if (service === undefined) return;
    const seen = counts.get(type) ?? { services: new Set<string>(), count: 0 };
    seen.services.add(service);
    seen.count++;
    counts.set(type, seen);
    const problem = misfitOf(envelope);
    if (problem !== undefined) misfits.push(`${where}: ${type} ${problem}`);
  };
  for (const database of await databasesOf(run.postgresUrl)) {
    const told = await outboxOf(withDatabase(run.postgresUrl, database));
    for (const envelope of told) count(envelope, database);
  }
  for (const envelope of await toldWithoutOutbox(run.toldEventsFile)) count(envelope, 'the log');
  return { counts, misfits };
}

async function toldWithoutOutbox(file: string): Promise<EventEnvelope[]> {
  const rows = await readFile(file, 'utf8').catch(() => '');
  const lines = rows.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { envelope: EventEnvelope }).envelope);
}

function misfitOf(envelope: EventEnvelope): string | undefined {
  const { type, data } = envelope;
  if (!isEventType(type)) return 'is not registered';
  const problem = definitionOf(type).data.safeParse(data).error?.message;
  if (problem !== undefined) return problem;
  try {
    // Strict: it throws for whatever the specification does not allow.
    new CloudEvent({ ...envelope }, true);
    return undefined;
  } catch (err) {
    return `is no CloudEvent: ${err instanceof Error ? err.message : String(err)}`;
  }
}

async function databasesOf(serverUrl: string): Promise<string[]> {
  return onDatabase(serverUrl, async (db) => {
    const { rows } = await sql<{ datname: string }>`
      select datname from pg_database where datname like 'test\\_%'`.execute(db);
    return rows.map(({ datname }) => datname);
  });
}

async function outboxOf(url: string): Promise<EventEnvelope[]> {
  return onDatabase(url, async (db) => {
    const { rows: found } = await sql<{ table: string | null }>`
      select to_regclass('outbox')::text as table`.execute(db);
    if (found[0]?.table == null) return [];
    const { rows } = await sql<{ envelope: EventEnvelope }>`
      select payload->'envelope' as envelope from outbox`.execute(db);
    return rows.map(({ envelope }) => envelope);
  });
}

async function onDatabase<Result>(
  url: string,
  run: (db: ReturnType<typeof connectPostgres>['db']) => Promise<Result>,
): Promise<Result> {
  const options = { url, name: 'event coverage', logger: silentLogger, poolSize: 1 };
  const postgres = connectPostgres(options);
  try {
    return await run(postgres.db);
  } finally {
    await postgres.close();
  }
}

/** The table that a whole run prints. */
export function presentCoverage({ counts }: PublishedEvents): string {
  const rows = EVENT_TYPES.map((type) => {
    const seen = counts.get(type);
    const by = seen === undefined ? 'NOBODY' : [...seen.services].sort().join(', ');
    return `  ${type.padEnd(32)} ${by.padEnd(24)} ${seen?.count ?? 0}`;
  });
  const covered = EVENT_TYPES.length - unpublished({ counts }).length;
  return [
    `Events that were published in this run: ${covered} of ${EVENT_TYPES.length} types`,
    ...rows,
  ].join('\n');
}

export function unpublished({ counts }: Pick<PublishedEvents, 'counts'>): EventType[] {
  return EVENT_TYPES.filter((type) => !counts.has(type));
}
