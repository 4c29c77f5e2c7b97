import type { CampaignLedger, RedisConnection } from '@cloudphone/redis';

/**
 * The run id of the Redis at the other end, asked once a connection. Ask right before each claim:
 * after a reconnect it may be another Redis, one that has forgotten its last second.
 */
export function followRunId(redis: RedisConnection, ledger: CampaignLedger): () => Promise<string> {
  let known: Promise<string> | undefined;
  redis.onReady(() => {
    known = undefined;
  });
  return async () => {
    const asked = known ?? ledger.readRunId();
    known = asked;
    try {
      return await asked;
    } catch (err) {
      if (known === asked) known = undefined;
      throw err;
    }
  };
}
