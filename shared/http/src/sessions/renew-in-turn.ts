import { upstreamUnavailable } from '@cloudphone/errors';
import type { SessionRows } from '@cloudphone/redis';
import { type Clock, pause } from '@cloudphone/runtime';
import type { Session } from './session.ts';

const LEASE_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * One process renews, the others look until they see its tokens: a refresh token that is used twice
 * closes the log-in, so two must never ask at once. A holder that died is replaced after 5 s.
 */
export async function renewInTurn(renewal: {
  readonly id: string;
  readonly stale: Session;
  readonly rows: SessionRows;
  readonly clock: Clock;
  readonly read: (id: string) => Promise<Session | undefined>;
  readonly replace: (current: Session) => Promise<Session>;
}): Promise<Session | undefined> {
  const { id, stale, rows, clock } = renewal;
  const giveUpAtMs = clock.monotonicMs() + LEASE_MS * 2;
  while (clock.monotonicMs() < giveUpAtMs) {
    const lease = await rows.leaseRenewal(id, LEASE_MS);
    if (lease === undefined) {
      const current = await renewal.read(id);
      if (current?.accessToken !== stale.accessToken) return current;
      await pause(clock, LOOK_EVERY_MS);
      continue;
    }
    try {
      // Read under the lease: another may have finished just before.
      const current = await renewal.read(id);
      if (current?.accessToken !== stale.accessToken) return current;
      return await renewal.replace(current);
    } finally {
      // A lease that cannot be given back ends by itself.
      await lease.release().catch(() => undefined);
    }
  }
  throw upstreamUnavailable('user', 'another process is renewing this session');
}
