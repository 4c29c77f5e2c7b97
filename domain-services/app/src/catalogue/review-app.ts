import { appCalls, type CatalogueApp } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables, AppTransaction, ReviewStatus } from '../schema.ts';
import { lockApp } from './lock-app.ts';
import { type AppRow, presentApp } from './present-app.ts';

export function approveAppRoute(tools: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.approveApp, ({ params }) => decide(tools, params.appId, 'approved'));
}

export function rejectAppRoute(tools: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.rejectApp, ({ params }) => decide(tools, params.appId, 'rejected'));
}

/** A rejected app is to be reviewed again; one that waits for it already stays as it is. */
export function resubmitAppRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.resubmitApp, async ({ params: { appId } }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      const app = await lockApp(tx, appId);
      if (app.review_status === 'pending') return unchanged(presentApp(app));
      if (app.review_status !== 'rejected') {
        throw stateConflict('app', appId, `It is ${app.review_status}.`);
      }
      const result = await setReview(tx, app, { status: 'pending', at: new Date(clock.now()) });
      return { result, events: [{ type: 'app.updated_listing', data: result }] };
    });
    return { body: result, eventIds };
  });
}

/** A review is decided once: repeating the decision changes nothing, reversing it is refused. */
async function decide(
  { writer, clock }: ServiceTools<AppTables>,
  appId: string,
  decision: 'approved' | 'rejected',
) {
  const { result, eventIds } = await writer.write((tx) =>
    recordDecision(tx, { appId, decision, at: new Date(clock.now()) }),
  );
  return { body: result, eventIds };
}

async function recordDecision(
  tx: AppTransaction,
  review: { readonly appId: string; readonly decision: 'approved' | 'rejected'; readonly at: Date },
): Promise<Written<CatalogueApp>> {
  const { appId, decision, at } = review;
  const app = await lockApp(tx, appId);
  if (app.review_status === decision) return unchanged(presentApp(app));
  if (app.review_status !== 'pending') {
    throw stateConflict('app', appId, `It is ${app.review_status} already.`);
  }
  const result = await setReview(tx, app, { status: decision, at });
  return { result, events: [{ type: `app.${decision}`, data: result }] };
}

async function setReview(
  tx: AppTransaction,
  app: AppRow,
  review: { readonly status: ReviewStatus; readonly at: Date },
): Promise<CatalogueApp> {
  const row = await tx
    .updateTable('apps')
    .set({ review_status: review.status, version: app.version + 1, updated_at: review.at })
    .where('id', '=', app.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return presentApp(row);
}
