import { notFound } from '@cloudphone/errors';
import type { AppTransaction } from '../schema.ts';
import type { AppRow } from './present-app.ts';

/** An app as it is, held until the transaction ends. Throws not_found. */
export async function lockApp(tx: AppTransaction, appId: string): Promise<AppRow> {
  const app = await tx
    .selectFrom('apps')
    .selectAll()
    .where('id', '=', appId)
    .forUpdate()
    .executeTakeFirst();
  if (app === undefined) throw notFound('app', appId);
  return app;
}
