import type { Person, SessionTokens } from '@cloudphone/contracts';
import type { Platform } from '@cloudphone/deploy';
import { createWriter, type EventLogTables } from '@cloudphone/event-log';
import { connectPostgres, sql } from '@cloudphone/postgres';
import { silentLogger, systemClock } from '@cloudphone/runtime';
import { logIn } from './bench-platform.ts';
import {
  type CommittedChange,
  measureSocketLatency,
  nowMs,
  type SocketLatency,
} from './socket-latency.ts';

/** The columns of the user service that are written here. */
interface PeopleTables extends EventLogTables {
  people: { id: string; name: string; version: number; updated_at: Date };
}

const PEOPLE = 20;
const WARM_UP_SECONDS = 2;
/** Transactions under way at a time, at most; more would wait for the pool and not for the log. */
const POOL_SIZE = 20;

/**
 * Commits `user.updated` in the user service's database as the service itself would, row and event
 * in one transaction, for twenty people in turn, each listening on a socket of the user BFF.
 */
export async function measureUserUpdates(
  platform: Platform,
  options: { readonly perSecond: number; readonly seconds: number },
): Promise<SocketLatency> {
  const { perSecond, seconds } = options;
  const { userBff } = platform.urls;
  const logIns: SessionTokens[] = [];
  for (let n = 1; n <= PEOPLE; n += 1) {
    logIns.push(await logIn(userBff, `user${String(n).padStart(3, '0')}`, 'user-demo'));
  }
  const url = new URL(platform.postgres.url);
  url.pathname = '/cloudphone_user';
  const postgres = connectPostgres<PeopleTables>({
    url: url.href,
    poolSize: POOL_SIZE,
    name: 'bench',
    logger: silentLogger,
  });
  const writer = createWriter({ postgres, service: 'user', clock: systemClock });

  const rename = async (person: Person, name: string): Promise<CommittedChange> => {
    const { eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .updateTable('people')
        .set({ name, version: sql`version + 1`, updated_at: new Date() })
        .where('id', '=', person.id)
        .returning(['version', 'updated_at'])
        .executeTakeFirstOrThrow();
      const data = {
        ...person,
        name,
        version: row.version,
        updatedAt: row.updated_at.toISOString(),
      };
      return { result: data, events: [{ type: 'user.updated', data }] };
    });
    return { key: eventIds[0] ?? '', committedAtMs: nowMs() };
  };

  try {
    return await measureSocketLatency({
      sockets: logIns.map(({ accessToken }) => ({ url: userBff, token: accessToken })),
      eventName: 'user.updated',
      trigger: (n) => {
        const { user } = logIns[n % PEOPLE] as SessionTokens;
        return rename(user, `Renamed ${n}`);
      },
      changes: perSecond * seconds,
      perSecond,
      warmUpChanges: perSecond * WARM_UP_SECONDS,
    });
  } catch (error) {
    // Transactions that wait too long for a connection end the run.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${perSecond} commits a second could not be kept up: ${reason}`, {
      cause: error,
    });
  } finally {
    await postgres.close();
  }
}
