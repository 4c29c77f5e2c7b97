import type { ConsistencyToken, Position } from '@cloudphone/contracts';
import type { Tail } from '@cloudphone/event-log';

/**
 * What a caller's token asks of the cache: nothing older than a position, or, while the event that
 * it names is not in the log, nothing from a cache at all.
 */
export async function readToken(
  token: ConsistencyToken | undefined,
  tail: Pick<Tail, 'waitForEvent'>,
): Promise<Position | 'bypass' | undefined> {
  if (token?.kind !== 'event') return token?.position;
  return (await tail.waitForEvent(token.eventId, 0)) ?? 'bypass';
}
