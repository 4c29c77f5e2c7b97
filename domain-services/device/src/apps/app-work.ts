import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { unchanged } from '@cloudphone/event-log';
import { type Selectable, sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { type DeviceTools, type DeviceTransaction, told } from '../device-tools.ts';
import { lockDevice } from '../devices/lock-devices.ts';
import { type DeviceRow, presentDevice } from '../devices/present-device.ts';
import type { Provider, ProviderDevice, ProviderOutcome } from '../provider/provider.ts';
import type { AppWorkTable } from '../schema.ts';
import { askProvider } from '../work/ask-provider.ts';
import type { WorkList } from '../work/work-loop.ts';
import { appStepEnded } from './app-step-ended.ts';

export interface ClaimedAppWork {
  readonly work: Selectable<AppWorkTable>;
  readonly claim: string;
}

const MAX_ATTEMPTS = 3;

/**
 * What is to be done to the apps on devices: on one device one thing after the other, in the order
 * in which it was asked for. A refusal is tried three times, then told. Claims end by themselves,
 * like those of device work.
 */
export function createAppWork(tools: DeviceTools, provider: Provider): WorkList<ClaimedAppWork> {
  const { postgres, writer, logger, settings } = tools;

  const giveBack = async ({ work, claim }: ClaimedAppWork, waitMs?: number): Promise<void> => {
    await postgres.db
      .updateTable('app_work')
      .set({
        work_claim: null,
        work_until: null,
        ...(waitMs === undefined
          ? {}
          : {
              attempts: work.attempts + 1,
              not_before: sql<Date>`now() + ${waitMs} * interval '1 ms'`,
            }),
      })
      .where('id', '=', work.id)
      .where('work_claim', '=', claim)
      .execute();
  };

  const finish = async ({ work, claim }: ClaimedAppWork, outcome: ProviderOutcome) => {
    await writer.write(async (tx) => {
      const device = await lockDevice(tx, work.device_id);
      const { numDeletedRows } = await tx
        .deleteFrom('app_work')
        .where('id', '=', work.id)
        .where('work_claim', '=', claim)
        .executeTakeFirst();
      if (numDeletedRows === 0n || device === undefined) return unchanged(undefined);
      return told(undefined, await eventsOf(tx, tools, { work, device, outcome }));
    });
  };

  return {
    name: 'apps on devices',

    claim: async (count, leaseMs) => {
      const claim = randomId();
      const rows = await postgres.db
        .updateTable('app_work')
        .set({ work_claim: claim, work_until: sql<Date>`now() + ${leaseMs} * interval '1 ms'` })
        .where('id', 'in', (db) =>
          db
            .selectFrom('app_work as next')
            .select('next.id')
            .where(
              sql<boolean>`not exists (select from app_work as earlier
                where earlier.device_id = next.device_id and earlier.id < next.id)`,
            )
            .where(sql<boolean>`coalesce(next.work_until < now(), true)`)
            .where(sql<boolean>`coalesce(next.not_before <= now(), true)`)
            .orderBy('next.id')
            .limit(count)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute();
      return rows.map((work) => ({ work, claim }));
    },

    causeOf: ({ work }) => work.cause,

    perform: async (claimed, signal) => {
      const { work } = claimed;
      const device = await findDevice(tools, work.device_id);
      if (device === undefined) return;
      const outcome = await askProvider(() => ask(provider, { work, device, signal }), {
        signal,
        logger,
        about: { device: device.id, step: work.kind },
      });
      if (!outcome.isDone && work.attempts + 1 < MAX_ATTEMPTS) {
        return giveBack(claimed, settings.retryAfterMs * 2 ** work.attempts);
      }
      await finish(claimed, outcome);
    },

    release: (claimed) => giveBack(claimed),
  };
}

function ask(
  provider: Provider,
  asked: {
    readonly work: Selectable<AppWorkTable>;
    readonly device: ProviderDevice;
    readonly signal: AbortSignal;
  },
): Promise<ProviderOutcome> {
  const { work, device, signal } = asked;
  if (work.kind === 'wipe') return provider.perform('wipe', device, signal);
  const { packageName, appVersion } = requestOf(work);
  return provider.performOnApp(work.kind, { device, app: { packageName, appVersion } }, signal);
}

/** A device that could not be wiped is in error: whoever has it now is not to use it. */
async function eventsOf(
  tx: DeviceTransaction,
  { clock }: DeviceTools,
  ended: {
    readonly work: Selectable<AppWorkTable>;
    readonly device: DeviceRow;
    readonly outcome: ProviderOutcome;
  },
): Promise<NewEvent[]> {
  const { work, device, outcome } = ended;
  const at = new Date(clock.now());
  const error = outcome.isDone ? null : outcome.reason;
  if (work.kind !== 'wipe') {
    return [appStepEnded({ kind: work.kind, request: requestOf(work), error, at })];
  }
  if (error === null || device.status === 'deleting') return [];
  const row = await tx
    .updateTable('devices')
    .set({
      status: 'error',
      last_error: error,
      work_claim: null,
      work_until: null,
      version: sql`version + 1`,
      updated_at: at,
    })
    .where('id', '=', device.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return [{ type: 'device.error', data: presentDevice(row) }];
}

function requestOf({ request }: Selectable<AppWorkTable>): EventBody<'app.install_requested'> {
  if (request === null || typeof request === 'string') throw new TypeError('no request');
  return request;
}

function findDevice({ db }: DeviceTools, id: string): Promise<ProviderDevice | undefined> {
  return db
    .selectFrom('devices')
    .select(['id', 'name', 'node_name as nodeName'])
    .where('id', '=', id)
    .executeTakeFirst();
}
