import { type NewEvent, type Quota, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, notFound, versionConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { firstQuota } from './first-quota.ts';
import { presentQuota, type QuotaRow } from './present-quota.ts';
import { lockQuota, settleQuota } from './settle-quota.ts';

const DAY_MS = 24 * 3_600_000;

/** Sets a person's limit, and with it makes the quota of one who has none. */
export function setQuotaRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.setQuota, async ({ params, body, headers }) => {
    const { userId } = params;
    const expected = parseIfMatch(headers);
    const { result, eventIds } = await writer.write(async (tx) => {
      // The person's lock also keeps two from making the same quota.
      const person = await tx
        .selectFrom('people')
        .select('id')
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      if (person === undefined) throw notFound('user', userId);
      let before = await lockQuota(tx, userId);
      const made = before === undefined ? await firstQuota(tx, userId, new Date(clock.now())) : [];
      before ??= await lockQuota(tx, userId);
      if (before === undefined) throw new Error('a quota was made and is not there');
      if (expected !== undefined && expected !== before.version) {
        throw versionConflict('quota', userId, before.version);
      }
      const { devicesLimit, validUntil } = body;
      const settled = await settleQuota(tx, before, {
        devicesLimit,
        ...(validUntil === undefined ? {} : { validUntil: new Date(validUntil) }),
      });
      return written(settled.quota, [...made, ...settled.events]);
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

/** Puts the end off, counted from the end or from now, whichever is later. */
export function renewQuotaRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.renewQuota, async ({ params, body }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await existingQuota(tx, params.userId);
      const fromMs = Math.max(before.valid_until.getTime(), clock.now());
      const validUntil = new Date(fromMs + body.extensionDays * DAY_MS);
      const { quota, events } = await settleQuota(tx, before, { validUntil });
      return written(quota, [...events, { type: 'quota.renewed', data: quota }]);
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

/** Takes from the quota all that is asked for, or refuses it and says so to its owner, once. */
export function deductQuotaRoute(tools: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.deductQuota, async ({ params, body, idempotencyKey }) => {
    const { result, eventIds } = await tools.writer.write<{ quota: Quota | undefined }>(
      async (tx) => {
        const before = await existingQuota(tx, params.userId);
        const key = idempotencyKey === undefined ? undefined : `deduct:${idempotencyKey}`;
        const devicesUsed = before.devices_used + body.amount;
        if (await isDone(tx, before, key)) return unchanged({ quota: presentQuota(before) });
        if (devicesUsed > before.devices_limit) {
          const { events } = await settleQuota(tx, before, { isRefused: true });
          return written({ quota: undefined }, events);
        }
        await markDone(tx, before, { key, at: new Date(tools.clock.now()) });
        const { quota, events } = await settleQuota(tx, before, { devicesUsed });
        return written({ quota }, events);
      },
    );
    // A result until here, not a throw: that the first refusal is told must commit.
    if (result.quota === undefined) throw appError('quota_exceeded');
    return { body: result.quota, eventIds, etagVersion: result.quota.version };
  });
}

/** Gives back; what was never deducted cannot be. */
export function restoreQuotaRoute(tools: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.restoreQuota, async ({ params, body, idempotencyKey }) => {
    const { result, eventIds } = await tools.writer.write(async (tx) => {
      const before = await existingQuota(tx, params.userId);
      const key = idempotencyKey === undefined ? undefined : `restore:${idempotencyKey}`;
      if (await isDone(tx, before, key)) return unchanged(presentQuota(before));
      await markDone(tx, before, { key, at: new Date(tools.clock.now()) });
      const devicesUsed = Math.max(0, before.devices_used - body.amount);
      const { quota, events } = await settleQuota(tx, before, { devicesUsed });
      return written(quota, events);
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

function written<Result>(result: Result, events: readonly NewEvent[]): Written<Result> {
  const [first, ...rest] = events;
  return first === undefined ? unchanged(result) : { result, events: [first, ...rest] };
}

async function existingQuota(tx: Transaction<UserTables>, userId: string): Promise<QuotaRow> {
  const quota = await lockQuota(tx, userId);
  if (quota === undefined) throw notFound('quota', userId);
  return quota;
}

/** The quota's lock lets one of two with the same key look at a time. */
async function isDone(
  tx: Transaction<UserTables>,
  quota: QuotaRow,
  key: string | undefined,
): Promise<boolean> {
  if (key === undefined) return false;
  const done = await tx
    .selectFrom('quota_operations')
    .select('key')
    .where('user_id', '=', quota.user_id)
    .where('key', '=', key)
    .executeTakeFirst();
  return done !== undefined;
}

/**
 * Beside the change itself: the answer that is kept under the key may be lost with a process that
 * dies after its commit, and the repeat must not count twice.
 */
async function markDone(
  tx: Transaction<UserTables>,
  quota: QuotaRow,
  { key, at }: { readonly key: string | undefined; readonly at: Date },
): Promise<void> {
  if (key === undefined) return;
  await tx
    .insertInto('quota_operations')
    .values({ user_id: quota.user_id, key, done_at: at })
    .execute();
}

/** Keys are kept as long as their answers are, and a day more. */
export async function forgetOperations({
  postgres,
  clock,
}: ServiceTools<UserTables>): Promise<void> {
  await postgres.db
    .deleteFrom('quota_operations')
    .where('done_at', '<', new Date(clock.now() - 2 * DAY_MS))
    .execute();
}
