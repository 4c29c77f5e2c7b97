import { appCalls, type Installation } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput, stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { timeOrderedId } from '@cloudphone/runtime';
import type { AppRow } from '../catalogue/present-app.ts';
import type { AppTables, AppTransaction } from '../schema.ts';
import { changeInstallation } from './change-installation.ts';
import {
  type InstallationRow,
  presentInstallation,
  presentRequest,
} from './present-installation.ts';

interface Install {
  readonly deviceId: string;
  readonly appId: string;
  readonly ownerId: string | null;
  readonly at: Date;
}

/**
 * Asks the device service to put an approved app on a device. What is asked for already is not
 * asked for again; what failed is. What a former owner of the device had of it does not count.
 */
export function installAppRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.installApp, async ({ body }) => {
    const { result, eventIds } = await writer.write((tx) =>
      install(tx, { ...body, at: new Date(clock.now()) }),
    );
    return { body: result, eventIds, etagVersion: result.version };
  });
}

async function install(tx: AppTransaction, wanted: Install): Promise<Written<Installation>> {
  const { at } = wanted;
  const app = await findApproved(tx, wanted.appId);
  const row = (await insertRequested(tx, app, wanted)) ?? (await askAgain(tx, app, wanted));
  if (row === 'asked already') {
    return unchanged(presentInstallation(await readExisting(tx, wanted)));
  }
  const data = presentRequest(row, { appVersion: row.app_version, at });
  return {
    result: presentInstallation(row),
    events: [{ type: 'app.install_requested', data }],
  };
}

async function findApproved(tx: AppTransaction, appId: string): Promise<AppRow> {
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
  return app;
}

/** Undefined when there is something of this app on this device. */
function insertRequested(
  tx: AppTransaction,
  app: AppRow,
  { deviceId, ownerId, at }: Install,
): Promise<InstallationRow | undefined> {
  return tx
    .insertInto('installations')
    .values({
      ...requestOf(app, { ownerId, at }),
      id: timeOrderedId(at.getTime()),
      device_id: deviceId,
      app_id: app.id,
      version: 1,
    })
    .onConflict((conflict) => conflict.constraint('installations_once').doNothing())
    .returningAll()
    .executeTakeFirst();
}

async function askAgain(
  tx: AppTransaction,
  app: AppRow,
  wanted: Install,
): Promise<InstallationRow | 'asked already'> {
  const existing = await readExisting(tx, wanted);
  const isOwners = existing.owner_id === wanted.ownerId;
  if (isOwners && existing.state === 'requested') return 'asked already';
  if (isOwners && existing.state === 'uninstalling') {
    throw stateConflict('installation', existing.id, 'It is being removed.');
  }
  if (isOwners && existing.state !== 'failed') {
    throw appError('already_exists', { detail: 'This app is on the device already.' });
  }
  return changeInstallation(tx, existing, { ...requestOf(app, wanted), installed_at: null });
}

function readExisting(tx: AppTransaction, { deviceId, appId }: Install): Promise<InstallationRow> {
  return tx
    .selectFrom('installations')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('app_id', '=', appId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

function requestOf(app: AppRow, { ownerId, at }: Pick<Install, 'ownerId' | 'at'>) {
  return {
    app_name: app.name,
    package_name: app.package_name,
    app_version: app.current_version,
    target_version: null,
    state: 'requested',
    error: null,
    owner_id: ownerId,
    requested_at: at,
    asked_at: at,
  } as const;
}
