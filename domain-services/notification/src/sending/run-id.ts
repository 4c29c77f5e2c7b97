import type { CampaignLedger, RedisConnection } from '@cloudphone/redis';
import type { Clock } from '@cloudphone/runtime';

/** A connection may outlive a demotion that nothing was written during. */
const KNOWN_FOR_MS = 1_000;

/**
 * The run id of the Redis at the other end, asked once a connection and a second. Ask right before
 * each claim: after a reconnect it may be another Redis, one that has forgotten its last second.
 */
export function followRunId(
  redis: Pick<RedisConnection, 'onReady'>,
  ledger: Pick<CampaignLedger, 'readRunId'>,
  clock: Clock,
): () => Promise<string> {
  let known: Promise<string> | undefined;
  let askedAtMs = 0;
  redis.onReady(() => {
    known = undefined;
  });
  return async () => {
    const nowMs = clock.monotonicMs();
    if (known === undefined || nowMs - askedAtMs >= KNOWN_FOR_MS) {
      askedAtMs = nowMs;
      known = ledger.readRunId();
    }
    const asked = known;
    try {
      return await asked;
    } catch (err) {
      if (known === asked) known = undefined;
      throw err;
    }
  };
}
