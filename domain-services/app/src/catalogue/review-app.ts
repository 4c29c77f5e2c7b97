import { appCalls, type CatalogueApp } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables, AppTransaction } from '../schema.ts';
import { presentApp } from './present-app.ts';

export function approveAppRoute(tools: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.approveApp, ({ params }) => decide(tools, params.appId, 'approved'));
}

export function rejectAppRoute(tools: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.rejectApp, ({ params }) => decide(tools, params.appId, 'rejected'));
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
  const app = await tx
    .selectFrom('apps')
    .selectAll()
    .where('id', '=', appId)
    .forUpdate()
    .executeTakeFirst();
  if (app === undefined) throw notFound('app', appId);
  if (app.review_status === decision) return unchanged(presentApp(app));
  if (app.review_status !== 'pending') {
    throw stateConflict('app', appId, `It is ${app.review_status} already.`);
  }
  const decided = await tx
    .updateTable('apps')
    .set({ review_status: decision, version: app.version + 1, updated_at: at })
    .where('id', '=', appId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const result = presentApp(decided);
  return { result, events: [{ type: `app.${decision}`, data: result }] };
}
