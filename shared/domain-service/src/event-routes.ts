import {
  type CallAnswer,
  type DeadLetterSelection,
  deadLetterCalls,
  type TagRead,
  tags,
} from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import {
  createDeadLetters,
  type DeadLetters,
  type EventLogTables,
  LANES,
} from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import * as z from 'zod';
import type { EventEnds } from './follow-and-publish.ts';
import { pageFrom, readPlace } from './paging.ts';
import type { DomainService, ServiceTools } from './service-definition.ts';

const PLACE = z.tuple([z.coerce.number().int().nonnegative()]);

/**
 * What operators ask every service about its events and decide over its dead letters. A service that
 * follows nothing has none, and says so.
 */
export function eventRoutes<Schema extends EventLogTables>(
  { name: service }: Pick<DomainService<Schema>, 'name'>,
  { postgres, writer, clock }: Pick<ServiceTools<Schema>, 'postgres' | 'writer' | 'clock'>,
  ends: EventEnds,
): readonly Route[] {
  const calls = deadLetterCalls(service);
  const letters = createDeadLetters({ group: service, service, postgres, writer, clock });
  const reads: TagRead[] = [{ tag: tags.deadLettersOf(service) }];

  const judge = async (decision: 'replay' | 'discard', body: DeadLetterSelection, who: string) => {
    const { accepted, eventIds } = await letters.judge(decision, body, who);
    return { body: { accepted }, eventIds };
  };

  return [
    answerCall(calls.listDeadLetters, async ({ query: { cursor, ...query } }) => {
      const [afterSeq] = cursor === undefined ? [0] : readPlace(cursor, 'parked', PLACE);
      const found = await letters.list({ ...query, afterSeq });
      const body = pageFrom(found, query.limit, ({ seq }) => ['parked', `${seq}`]);
      return { body, tags: reads };
    }),
    answerCall(calls.getDeadLetter, async ({ params: { eventId } }) => {
      const letter = await letters.find(eventId);
      if (letter === undefined) throw notFound('dead letter', eventId);
      return { body: letter, tags: reads };
    }),
    answerCall(calls.replayDeadLetters, ({ body, identity }) =>
      judge('replay', body, identity.userId),
    ),
    answerCall(calls.discardDeadLetters, ({ body, identity }) =>
      judge('discard', body, identity.userId),
    ),
    answerCall(calls.getEventFlow, async () => ({ body: await describeFlow(ends, letters) })),
  ];
}

async function describeFlow(
  { relay, follower, store, positionOfGroup }: EventEnds,
  letters: DeadLetters,
): Promise<CallAnswer<ReturnType<typeof deadLetterCalls>['getEventFlow']>> {
  const [outbox, deadLetters] = await Promise.all([relay.lag(), letters.count()]);
  const { count: waiting, oldestMs, refused } = outbox;
  const flow = {
    outbox: { waiting, oldestMs, refused, isRelaying: relay.isRelaying },
    deadLetters,
  };
  if (follower === undefined) return { ...flow, follower: null };
  const [position, log] = await Promise.all([
    positionOfGroup(),
    // Away: then nobody knows how far it is.
    store.read().catch(() => undefined),
  ]);
  const seq = position !== undefined && position.epoch === log?.epoch ? position.seq : 0;
  return {
    ...flow,
    follower: {
      group: follower.group,
      isFollowing: follower.isFollowing,
      seq,
      lagRows: log === undefined ? null : log.seq - seq,
      lanes: LANES,
      underWay: follower.underWay,
    },
  };
}
