import { appCalls, type Installation } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput, stateConflict } from '@cloudphone/errors';
import type { Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { isUniqueViolation } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import type { AppTables, AppTransaction } from '../schema.ts';
import { presentInstallation } from './present-installation.ts';

interface Install {
  readonly deviceId: string;
  readonly appId: string;
  readonly ownerId: string | null;
  readonly at: Date;
}

export function installAppRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.installApp, async ({ body }) => {
    try {
      const { result, eventIds } = await writer.write((tx) =>
        install(tx, { ...body, at: new Date(clock.now()) }),
      );
      return { body: result, eventIds };
    } catch (err) {
      if (!isUniqueViolation(err, 'installations_once')) throw err;
      throw appError('already_exists', {
        detail: 'This app is on the device already.',
        cause: err,
      });
    }
  });
}

async function install(
  tx: AppTransaction,
  { deviceId, appId, ownerId, at }: Install,
): Promise<Written<Installation>> {
  const app = await tx
    .selectFrom('apps')
    .selectAll()
    .where('id', '=', appId)
    .forShare()
    .executeTakeFirst();
  if (app === undefined) {
    throw invalidInput([{ path: 'body.appId', message: 'there is no such app' }]);
  }
  if (app.review_status !== 'approved') {
    throw stateConflict('app', appId, 'Only approved apps can be installed.');
  }
  const row = await tx
    .insertInto('installations')
    .values({
      id: timeOrderedId(at.getTime()),
      device_id: deviceId,
      app_id: appId,
      app_version: app.current_version,
      owner_id: ownerId,
      version: 1,
      installed_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const result = presentInstallation({ ...row, name: app.name, package_name: app.package_name });
  return { result, events: [{ type: 'app.installed', data: { ...result, ownerId } }] };
}
