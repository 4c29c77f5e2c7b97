import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { isPushEndpoint, type PushHosts } from './push-endpoints.ts';

/** The oldest makes room. */
const MAX_BROWSERS = 20;

export function getPushKeyRoute(publicKey: string | null): Route {
  return answerCall(notificationCalls.getPushKey, async () => ({ body: { publicKey } }));
}

/** Kept without an event: no answer shows a subscription. The same browser again is the same one. */
export function createPushSubscriptionRoute(
  { postgres, clock }: ServiceTools<NotificationTables>,
  hosts: PushHosts,
): Route {
  return answerCall(notificationCalls.createPushSubscription, async ({ params, body }) => {
    const { endpoint, keys } = body;
    if (!isPushEndpoint(endpoint, hosts)) {
      throw invalidInput([
        { path: 'body.endpoint', message: 'is no address of a push service we know' },
      ]);
    }
    const now = new Date(clock.now());
    const owner = { user_id: params.userId, p256dh: keys.p256dh, auth: keys.auth, created_at: now };
    const { id } = await postgres.db
      .insertInto('push_subscriptions')
      .values({ id: timeOrderedId(now.getTime()), endpoint, ...owner })
      .onConflict((conflict) => conflict.column('endpoint').doUpdateSet(owner))
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`
      delete from push_subscriptions where id in (
        select id from push_subscriptions where user_id = ${params.userId}
        order by created_at desc, id desc offset ${MAX_BROWSERS}
      )`.execute(postgres.db);
    return { body: { id } };
  });
}

export function deletePushSubscriptionsRoute({
  postgres,
}: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.deletePushSubscriptions, async ({ params, query }) => {
    let doomed = postgres.db.deleteFrom('push_subscriptions').where('user_id', '=', params.userId);
    if (query.id !== undefined) doomed = doomed.where('id', '=', query.id);
    const { numDeletedRows } = await doomed.executeTakeFirst();
    return { body: { deleted: Number(numDeletedRows) } };
  });
}
