import type { SessionTokens } from '@cloudphone/contracts';
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
interface QuotaTables extends EventLogTables {
  quotas: {
    user_id: string;
    devices_limit: number;
    devices_used: number;
    valid_until: Date;
    version: number;
  };
}

const PEOPLE = 20;
const WARM_UP_SECONDS = 2;
/** Transactions under way at a time, at most; more would wait for the pool and not for the log. */
const POOL_SIZE = 20;

/**
 * Commits `quota.updated` in the user service's database as the service itself would, row and event
 * in one transaction, for twenty people in turn, each listening on a socket of the user BFF. No
 * service reacts to that event: what is measured is the path, not the work that a change causes.
 */
export async function measureQuotaUpdates(
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
  const postgres = connectPostgres<QuotaTables>({
    url: url.href,
    poolSize: POOL_SIZE,
    name: 'bench',
    logger: silentLogger,
  });
  const writer = createWriter({ postgres, service: 'user', clock: systemClock });

  const change = async (userId: string): Promise<CommittedChange> => {
    const { eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .updateTable('quotas')
        .set({ version: sql`version + 1` })
        .where('user_id', '=', userId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const data = {
        userId,
        devicesLimit: row.devices_limit,
        devicesUsed: row.devices_used,
        validUntil: row.valid_until.toISOString(),
        version: row.version,
      };
      return { result: data, events: [{ type: 'quota.updated', data }] };
    });
    return { key: eventIds[0] ?? '', committedAtMs: nowMs() };
  };

  try {
    return await measureSocketLatency({
      sockets: logIns.map(({ accessToken }) => ({ url: userBff, token: accessToken })),
      eventName: 'quota.updated',
      trigger: (n) => {
        const { user } = logIns[n % PEOPLE] as SessionTokens;
        return change(user.id);
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
