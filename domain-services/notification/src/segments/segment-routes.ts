import { type EventBody, notificationCalls, type Segment, tags } from '@cloudphone/contracts';
import { newestPage } from '@cloudphone/domain-service';
import { notFound, versionConflict } from '@cloudphone/errors';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import type { Selectable, Transaction } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import type { CampaignTools } from '../campaigns/campaign-tools.ts';
import { asJson } from '../json-column.ts';
import type { NotificationTables, SegmentTable } from '../schema.ts';
import { peopleOfSegment } from './people-of-segment.ts';

type SegmentRow = Selectable<SegmentTable>;

const NEWEST = { order: 'newest', at: 'created_at', id: 'id' } as const;
/** Beyond that a preview says “at least”. */
const COUNTED_PEOPLE = 100_000;
const SHOWN_PEOPLE = 5;

/** Audiences by name. Campaigns that began keep what a segment said then. */
export function segmentRoutes(tools: CampaignTools): readonly Route[] {
  return [
    listSegmentsRoute(tools),
    createSegmentRoute(tools),
    getSegmentRoute(tools),
    updateSegmentRoute(tools),
    deleteSegmentRoute(tools),
    previewSegmentRoute(tools),
  ];
}

function listSegmentsRoute({ db }: CampaignTools): Route {
  return answerCall(notificationCalls.listSegments, async ({ query }) => {
    const wanted = db.selectFrom('segments').selectAll();
    const { items, nextCursor } = await newestPage(wanted, query, NEWEST);
    return {
      body: { items: items.map(presentSegment), nextCursor },
      tags: [{ tag: tags.segments() }, ...items.map(readOf)],
    };
  });
}

function createSegmentRoute({ writer, clock }: CampaignTools): Route {
  return answerCall(notificationCalls.createSegment, async ({ body }) => {
    const now = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .insertInto('segments')
        .values({
          id: randomId(),
          name: body.name,
          definition: asJson(body.definition),
          version: 1,
          ...{ created_at: now, updated_at: now },
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { result: row, events: [{ type: 'segment.created', data: factsOf(row, now) }] };
    });
    return { body: presentSegment(result), eventIds, etagVersion: result.version };
  });
}

function getSegmentRoute({ db }: CampaignTools): Route {
  return answerCall(notificationCalls.getSegment, async ({ params }) => {
    const row = await db
      .selectFrom('segments')
      .selectAll()
      .where('id', '=', params.segmentId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('segment', params.segmentId);
    return { body: presentSegment(row), tags: [readOf(row)], etagVersion: row.version };
  });
}

function updateSegmentRoute({ writer, clock }: CampaignTools): Route {
  return answerCall(notificationCalls.updateSegment, async ({ params, body, headers }) => {
    const expected = parseIfMatch(headers);
    const now = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lock(tx, params.segmentId);
      if (expected !== undefined && expected !== before.version) {
        throw versionConflict('segment', before.id, before.version);
      }
      const row = await tx
        .updateTable('segments')
        .set({
          name: body.name,
          definition: asJson(body.definition),
          version: before.version + 1,
          updated_at: now,
        })
        .where('id', '=', before.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return { result: row, events: [{ type: 'segment.updated', data: factsOf(row, now) }] };
    });
    return { body: presentSegment(result), eventIds, etagVersion: result.version };
  });
}

function deleteSegmentRoute({ writer, clock }: CampaignTools): Route {
  return answerCall(notificationCalls.deleteSegment, async ({ params }) => {
    const now = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await lock(tx, params.segmentId);
      await tx.deleteFrom('segments').where('id', '=', row.id).execute();
      return { result: row, events: [{ type: 'segment.deleted', data: factsOf(row, now) }] };
    });
    return { body: presentSegment(result), eventIds };
  });
}

function previewSegmentRoute({ people, clock }: CampaignTools): Route {
  return answerCall(notificationCalls.previewSegment, async ({ body }) => {
    const found = peopleOfSegment(body.definition, { services: people, nowMs: clock.now() });
    const sample: string[] = [];
    let count = 0;
    for await (const userId of found) {
      if (count === COUNTED_PEOPLE) return { body: { count, isAtLeast: true, sample } };
      count += 1;
      if (sample.length < SHOWN_PEOPLE) sample.push(userId);
    }
    return { body: { count, isAtLeast: false, sample } };
  });
}

async function lock(tx: Transaction<NotificationTables>, id: string): Promise<SegmentRow> {
  const row = await tx
    .selectFrom('segments')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('segment', id);
  return row;
}

function presentSegment(row: SegmentRow): Segment {
  const { id, name, definition, version } = row;
  return {
    ...{ id, name, definition, version },
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function factsOf({ id, name, version }: SegmentRow, at: Date): EventBody<'segment.updated'> {
  return { id, name, version, at: at.toISOString() };
}

const readOf = ({ id, version }: SegmentRow) => ({ tag: tags.segment(id), version });
