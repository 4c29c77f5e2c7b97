import { buildEnvelope, deliveriesOf, type NewEvent, type Position } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { encodeLogRow } from '@cloudphone/event-log';
import type { LogStore } from '@cloudphone/redis';
import { continueTrace, currentRequestContext, timeOrderedId } from '@cloudphone/runtime';

/**
 * Drops views by hand: a row of the log that names their tags, so that every node does. It is stated
 * by the BFF itself, as nothing changed in any service. Rejects while the log is away.
 */
export function createPublishInvalidation(store: Pick<LogStore, 'append'>, service: string) {
  return async (tags: readonly string[], userId: string | null = null): Promise<Position> => {
    const time = new Date();
    const event: NewEvent = {
      type: 'system.cache_invalidated',
      data: { tags: [...tags], userId, at: time.toISOString() },
    };
    const id = timeOrderedId();
    const { traceparent: trace, actorId } = currentRequestContext() ?? {};
    const traceparent = continueTrace(trace);
    const asked = actorId === undefined ? {} : { actorId };
    const envelope = buildEnvelope(event, { id, service, time, traceparent, ...asked });
    const json = encodeLogRow(envelope, deliveriesOf(event));
    const [row] = await store.append([{ id, tags, json }]);
    if (row === undefined) throw appError('internal', { privateDetail: 'the log took no row' });
    return row.position;
  };
}
