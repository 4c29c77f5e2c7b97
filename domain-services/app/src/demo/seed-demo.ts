import {
  type DemoDevice,
  type DemoSeeding,
  demoDevicesOf,
  demoId,
  insertInBatches,
} from '@cloudphone/domain-service';
import type { Insertable } from '@cloudphone/postgres';
import type { AppTransaction, InstallationTable } from '../schema.ts';
import { DEMO_APPS } from './demo-apps.ts';

const DAY_MS = 86_400_000;
const INSTALLABLE = DEMO_APPS.filter((app) => app.reviewStatus === 'approved');

/** The catalogue once, and none to three apps on each device of the people to be added. */
export async function seedDemo(tx: AppTransaction, seeding: DemoSeeding): Promise<void> {
  if (seeding.firstPerson === 1) await seedCatalogue(tx, seeding.nowMs);
  await insertInBatches(demoInstallations(seeding), (batch) =>
    tx.insertInto('installations').values(batch).execute(),
  );
}

async function seedCatalogue(tx: AppTransaction, nowMs: number): Promise<void> {
  const listedAt = (index: number) => new Date(nowMs - (120 - index) * DAY_MS);
  await tx
    .insertInto('apps')
    .values(
      DEMO_APPS.map((app, index) => ({
        id: app.id,
        package_name: app.packageName,
        name: app.name,
        category: app.category,
        current_version: app.currentVersion,
        review_status: app.reviewStatus,
        version: 1,
        created_at: listedAt(index),
        updated_at: listedAt(index),
      })),
    )
    .execute();
  await tx
    .insertInto('app_versions')
    .values(
      DEMO_APPS.map((app, index) => ({
        app_id: app.id,
        app_version: app.currentVersion,
        published_at: listedAt(index),
      })),
    )
    .execute();
}

function* demoInstallations({ people, firstPerson, nowMs }: DemoSeeding) {
  for (let n = firstPerson; n <= people; n += 1) {
    for (const [index, device] of demoDevicesOf(n).entries()) {
      yield* installationsOn(device, { number: n * 3 + index, nowMs });
    }
  }
}

function installationsOn(
  device: DemoDevice,
  { number, nowMs }: { readonly number: number; readonly nowMs: number },
): Insertable<InstallationTable>[] {
  return Array.from({ length: number % 4 }, (_, index) => {
    const app = INSTALLABLE[(number + index * 5) % INSTALLABLE.length] as (typeof INSTALLABLE)[0];
    const installedAt = new Date(nowMs - ((number % 30) + index) * DAY_MS);
    return {
      id: demoId(`installation/${device.name}/${app.packageName}`),
      device_id: device.id,
      app_id: app.id,
      app_name: app.name,
      package_name: app.packageName,
      app_version: app.currentVersion,
      state: 'installed',
      owner_id: device.owner.id,
      version: 1,
      requested_at: installedAt,
      installed_at: installedAt,
    };
  });
}
