import type { NewEvent } from '@cloudphone/contracts';
import { unchanged } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import type { CampaignTools } from '../campaigns/campaign-tools.ts';

const UPLOADS_AT_ONCE = 20;
/** Longer than a file may take to arrive. */
const ARRIVING_MS = 3_600_000;

type Tools = Pick<CampaignTools, 'writer' | 'postgres' | 'clock'>;

/** Files past their time, and what a crash left of files that never arrived whole. */
export async function forgetUploads(tools: Tools): Promise<void> {
  while ((await forgetSome(tools)) === UPLOADS_AT_ONCE) {}
  await forgetStrayPeople(tools);
}

async function forgetSome({ writer, clock }: Tools): Promise<number> {
  const now = new Date(clock.now());
  const { result } = await writer.write(async (tx) => {
    const expired = await tx
      .deleteFrom('uploads')
      .where(
        'id',
        'in',
        tx
          .selectFrom('uploads')
          .select('id')
          .where('expires_at', '<', now)
          .limit(UPLOADS_AT_ONCE)
          .forUpdate()
          .skipLocked(),
      )
      .returning('id')
      .execute();
    const events = expired.map(
      ({ id }): NewEvent => ({ type: 'upload.forgotten', data: { id, at: now.toISOString() } }),
    );
    const [first, ...rest] = events;
    if (first === undefined) return unchanged(0);
    return { result: events.length, events: [first, ...rest] };
  });
  return result;
}

async function forgetStrayPeople({ postgres, clock }: Tools): Promise<void> {
  // Ids of uploads rise with time, so those of files that still arrive are above this one.
  const arriving = timeOrderedId(clock.now() - ARRIVING_MS);
  await sql`
    delete from upload_people using (
      select distinct upload_id from upload_people where upload_id < ${arriving}::uuid
    ) as stored
    where upload_people.upload_id = stored.upload_id
      and not exists (select from uploads where id = stored.upload_id)`.execute(postgres.db);
}
