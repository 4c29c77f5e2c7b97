import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';
import { campaignContentShape, checkContent } from './campaign-request.ts';

/** What becomes of occurrences that nobody was there to begin. */
const missedRunsSchema = z.enum(['skip', 'run_once']);

/** When a campaign comes round, by the wall clock of a zone. */
const recurrence = {
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: z.string().max(100),
  /** IANA name. */
  timeZone: z.string().max(60),
  /** Wall clock of that zone; the last moment at which it may begin. */
  until: z.string().max(20).optional(),
  missed: missedRunsSchema.default('skip'),
} as const;

export const scheduleSchema = z.object({
  id: idSchema,
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  until: z.string().nullable(),
  missed: missedRunsSchema,
  isPaused: z.boolean(),
  /** What is sent, as it was asked for. */
  campaign: z.looseObject({ templateCode: z.string() }),
  /** The next five at most, by the wall clock and as instants. */
  nextRuns: z.array(z.object({ local: z.string(), at: timeSchema, batchId: idSchema })),
  createdBy: idSchema,
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Schedule = z.infer<typeof scheduleSchema>;

const scheduleParams = z.strictObject({ scheduleId: idSchema });
const scheduleInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  ...recurrence,
  campaign: checkContent(z.strictObject(campaignContentShape)),
});
export type ScheduleInput = z.output<typeof scheduleInput>;

/** What the notification service answers of schedules. */
export const scheduleCalls = {
  listSchedules: defineCall({
    service: 'notification',
    name: 'listSchedules',
    method: 'GET',
    path: '/notifications/schedules',
    query: z.strictObject(pageQuery),
    answer: pageOf(scheduleSchema),
    knownTags: () => [tags.schedules()],
  }),
  createSchedule: defineCall({
    service: 'notification',
    name: 'createSchedule',
    method: 'POST',
    path: '/notifications/schedules',
    body: scheduleInput,
    answer: scheduleSchema,
    status: 201,
  }),
  getSchedule: defineCall({
    service: 'notification',
    name: 'getSchedule',
    method: 'GET',
    path: '/notifications/schedules/:scheduleId',
    params: scheduleParams,
    answer: scheduleSchema,
    knownTags: ({ params }) => [tags.schedule(params.scheduleId)],
  }),
  updateSchedule: defineCall({
    service: 'notification',
    name: 'updateSchedule',
    method: 'PUT',
    path: '/notifications/schedules/:scheduleId',
    params: scheduleParams,
    body: scheduleInput,
    answer: scheduleSchema,
  }),
  /** What it began goes on; what it would have begun does not. */
  deleteSchedule: defineCall({
    service: 'notification',
    name: 'deleteSchedule',
    method: 'DELETE',
    path: '/notifications/schedules/:scheduleId',
    params: scheduleParams,
    answer: scheduleSchema,
  }),
  pauseSchedule: defineCall({
    service: 'notification',
    name: 'pauseSchedule',
    method: 'POST',
    path: '/notifications/schedules/:scheduleId/pause',
    params: scheduleParams,
    answer: scheduleSchema,
  }),
  /** Goes on with the next occurrence; those that it was paused through are not made up for. */
  resumeSchedule: defineCall({
    service: 'notification',
    name: 'resumeSchedule',
    method: 'POST',
    path: '/notifications/schedules/:scheduleId/resume',
    params: scheduleParams,
    answer: scheduleSchema,
  }),
} as const;
