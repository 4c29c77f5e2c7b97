import { type NewEvent, notificationCalls, type ScheduleInput, tags } from '@cloudphone/contracts';
import { newestPage } from '@cloudphone/domain-service';
import { notFound, versionConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import type { CampaignTools } from '../campaigns/campaign-tools.ts';
import { type CheckedCampaign, checkCampaign } from '../campaigns/check-campaign.ts';
import type { NotificationTables } from '../schema.ts';
import {
  columnsOf,
  moveOn,
  openSchedule,
  type ScheduleContent,
  withdrawNext,
} from './open-schedule.ts';
import { presentSchedule, presentScheduleFacts, type ScheduleRow } from './present-schedule.ts';

/** Ten thousand ids and the rest of the request. */
const LIMITS = { bodyLimitBytes: 1_000_000 } as const;
const NEWEST = { order: 'newest', at: 'created_at', id: 'id' } as const;

/** What begins campaigns by the clock: schedules as operators keep them. */
export function scheduleRoutes(tools: CampaignTools): readonly Route[] {
  return [
    listSchedulesRoute(tools),
    createScheduleRoute(tools),
    getScheduleRoute(tools),
    updateScheduleRoute(tools),
    deleteScheduleRoute(tools),
    pauseRoute(tools, true),
    pauseRoute(tools, false),
  ];
}

function listSchedulesRoute({ db, clock }: CampaignTools): Route {
  return answerCall(notificationCalls.listSchedules, async ({ query }) => {
    const wanted = db.selectFrom('schedules').selectAll();
    const { items, nextCursor } = await newestPage(wanted, query, NEWEST);
    return {
      body: { items: items.map((row) => presentSchedule(row, clock.now())), nextCursor },
      tags: [{ tag: tags.schedules() }, ...items.map(readOf)],
      ...changesWithTime(items),
    };
  });
}

function createScheduleRoute(tools: CampaignTools): Route {
  return answerCall(
    notificationCalls.createSchedule,
    async ({ body, identity }) => {
      const { writer, clock } = tools;
      const nowMs = clock.now();
      const { template, content } = await check(body, tools);
      const { result, eventIds } = await writer.write(async (tx) => {
        const opening = { id: randomId(), owner: identity.userId, nowMs, template };
        const { schedule, events } = await openSchedule(tx, content, opening);
        return { result: schedule, events };
      });
      return { body: presentSchedule(result, nowMs), eventIds, etagVersion: result.version };
    },
    LIMITS,
  );
}

function getScheduleRoute({ db, clock }: CampaignTools): Route {
  return answerCall(notificationCalls.getSchedule, async ({ params }) => {
    const row = await db
      .selectFrom('schedules')
      .selectAll()
      .where('id', '=', params.scheduleId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('schedule', params.scheduleId);
    return {
      body: presentSchedule(row, clock.now()),
      tags: [readOf(row)],
      etagVersion: row.version,
      ...changesWithTime([row]),
    };
  });
}

function updateScheduleRoute(tools: CampaignTools): Route {
  return answerCall(
    notificationCalls.updateSchedule,
    async ({ params, body, headers }) => {
      const expected = parseIfMatch(headers);
      await findOrThrow(tools.db, params.scheduleId);
      const { template, content } = await check(body, tools);
      return change(tools, params.scheduleId, { expected, template, columns: columnsOf(content) });
    },
    LIMITS,
  );
}

function pauseRoute(tools: CampaignTools, isPaused: boolean): Route {
  const call = isPaused ? notificationCalls.pauseSchedule : notificationCalls.resumeSchedule;
  return answerCall(call, async ({ params }) => {
    const row = await findOrThrow(tools.db, params.scheduleId);
    if (row.is_paused === isPaused) return { body: presentSchedule(row, tools.clock.now()) };
    const template = isPaused ? undefined : (await check(inputOf(row), tools)).template;
    return change(tools, params.scheduleId, { template, columns: { is_paused: isPaused } });
  });
}

function deleteScheduleRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.deleteSchedule, async ({ params }) => {
    const now = new Date(tools.clock.now());
    const { result, eventIds } = await tools.writer.write(async (tx) => {
      const row = await lock(tx, params.scheduleId);
      const withdrawn = await withdrawNext(tx, row.id, now);
      await tx.deleteFrom('schedules').where('id', '=', row.id).execute();
      const deleted: NewEvent = {
        type: 'schedule.deleted',
        data: presentScheduleFacts(row, now),
      };
      return { result: row, events: [deleted, ...withdrawn] };
    });
    return { body: { ...presentSchedule(result, now.getTime()), nextRuns: [] }, eventIds };
  });
}

/** What has not begun is withdrawn and made anew from what the schedule says now. */
async function change(
  tools: CampaignTools,
  scheduleId: string,
  made: {
    readonly columns: ReturnType<typeof columnsOf> | { readonly is_paused: boolean };
    readonly template: CheckedCampaign | undefined;
    readonly expected?: number | undefined;
  },
) {
  const nowMs = tools.clock.now();
  const now = new Date(nowMs);
  const { result, eventIds } = await tools.writer.write(async (tx) => {
    const before = await lock(tx, scheduleId);
    if (made.expected !== undefined && made.expected !== before.version) {
      throw versionConflict('schedule', scheduleId, before.version);
    }
    if ('is_paused' in made.columns && made.columns.is_paused === before.is_paused) {
      return unchanged(before);
    }
    const withdrawn = await withdrawNext(tx, scheduleId, now);
    const changed = await tx
      .updateTable('schedules')
      .set({ ...made.columns, version: before.version + 1, updated_at: now })
      .where('id', '=', scheduleId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const { template } = made;
    const moved =
      template === undefined
        ? { schedule: changed, events: [] }
        : await moveOn(tx, changed, { nowMs, template });
    const updated: NewEvent = {
      type: 'schedule.updated',
      data: presentScheduleFacts(moved.schedule, now),
    };
    return { result: moved.schedule, events: [updated, ...withdrawn, ...moved.events] };
  });
  return { body: presentSchedule(result, nowMs), eventIds, etagVersion: result.version };
}

/** Throws invalid_input with everything that is wrong with it. */
async function check(
  input: ScheduleInput,
  tools: CampaignTools,
): Promise<{ readonly template: CheckedCampaign; readonly content: ScheduleContent }> {
  const { cron, timeZone, until, missed, campaign } = input;
  const schedule = { cron, timeZone, missed, ...(until === undefined ? {} : { until }) };
  const template = await checkCampaign(
    { content: campaign, schedule },
    { ...tools, nowMs: tools.clock.now() },
    { content: 'body.campaign', schedule: 'body' },
  );
  return { template, content: { ...input, until: until ?? null } };
}

export function inputOf(row: ScheduleRow): ScheduleInput {
  const { name, cron, time_zone: timeZone, until, missed, campaign } = row;
  return { name, cron, timeZone, missed, campaign, ...(until === null ? {} : { until }) };
}

async function lock(tx: Transaction<NotificationTables>, id: string): Promise<ScheduleRow> {
  const row = await tx
    .selectFrom('schedules')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('schedule', id);
  return row;
}

async function findOrThrow(db: CampaignTools['db'], id: string): Promise<ScheduleRow> {
  const row = await db.selectFrom('schedules').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw notFound('schedule', id);
  return row;
}

const readOf = ({ id, version }: ScheduleRow) => ({ tag: tags.schedule(id), version });

/** The next occurrences are others as soon as the first of them is past. */
function changesWithTime(rows: readonly ScheduleRow[]): { readonly changesAtMs?: number } {
  const times = rows.flatMap((row) => (row.next_at === null ? [] : [row.next_at.getTime()]));
  return times.length === 0 ? {} : { changesAtMs: Math.min(...times) };
}
