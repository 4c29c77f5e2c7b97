import { stateConflict } from '@cloudphone/errors';
import { instantOf, isTimeZone, parseWallTime } from '../schedules/wall-clock.ts';
import { peopleOfSegment } from '../segments/people-of-segment.ts';
import type { CampaignTools } from './campaign-tools.ts';
import type { CampaignRow } from './present-progress.ts';

/** Somebody a campaign is for, with what a file says of them. */
export interface AudienceMember {
  readonly userId: string;
  readonly fields: Readonly<Record<string, string>> | null;
}

type Tools = Pick<CampaignTools, 'db' | 'people'>;

const PEOPLE_A_QUERY = 5_000;

/**
 * The audience of a campaign that is being prepared, each person once and ascending by id, so that
 * it can be gone on with after any of them. Throws state_conflict when its file is gone.
 */
export function audienceMembers(
  row: CampaignRow,
  tools: Tools,
  after: string | undefined,
): AsyncGenerator<AudienceMember> {
  const { audience } = row;
  if (audience.kind === 'csv') return peopleOfUpload(audience.uploadId, row, tools, after);
  if (audience.kind === 'userIds') throw new Error('named people are frozen when they are named');
  // Days count from when it was asked for or begins, however often this is gone on with.
  const nowMs = (row.starts_at ?? row.created_at).getTime();
  return withoutFields(
    peopleOfSegment(audience.definition, { services: tools.people, nowMs, after }),
  );
}

async function* withoutFields(ids: AsyncGenerator<string>): AsyncGenerator<AudienceMember> {
  for await (const userId of ids) yield { userId, fields: null };
}

async function* peopleOfUpload(
  uploadId: string,
  row: CampaignRow,
  { db }: Tools,
  after: string | undefined,
): AsyncGenerator<AudienceMember> {
  const upload = await db
    .selectFrom('uploads')
    .select('id')
    .where('id', '=', uploadId)
    .executeTakeFirst();
  if (upload === undefined) {
    throw stateConflict('campaign', row.batch_id, 'The file of its audience is gone.');
  }
  let last = after;
  for (;;) {
    let wanted = db
      .selectFrom('upload_people')
      .select(['user_id as userId', 'fields'])
      .where('upload_id', '=', uploadId);
    if (last !== undefined) wanted = wanted.where('user_id', '>', last);
    const members = await wanted.orderBy('user_id').limit(PEOPLE_A_QUERY).execute();
    yield* members;
    last = members.at(-1)?.userId;
    if (members.length < PEOPLE_A_QUERY) return;
  }
}

/**
 * The same people in the order in which their own clocks show the campaign's time, so that those who
 * wait are behind those who need not. Held in memory: some sixty bytes a person.
 */
export async function inOrderOfLocalTime(
  members: AsyncIterable<AudienceMember> | Iterable<AudienceMember>,
  schedule: { readonly localTime: string; readonly date: string },
  { db }: Pick<Tools, 'db'>,
): Promise<AudienceMember[]> {
  const wallMs = parseWallTime(`${schedule.date}T${schedule.localTime}`) ?? 0;
  const zones = await db.selectFrom('contacts').select('time_zone').distinct().execute();
  const zoneOf = new Map<string, string>();
  const all: AudienceMember[] = [];
  let page: AudienceMember[] = [];
  const learnZones = async () => {
    const contacts = await db
      .selectFrom('contacts')
      .select(['user_id', 'time_zone'])
      .where(
        'user_id',
        'in',
        page.map(({ userId }) => userId),
      )
      .execute();
    for (const { user_id: userId, time_zone: zone } of contacts) zoneOf.set(userId, zone);
    all.push(...page);
    page = [];
  };
  for await (const member of members) {
    page.push(member);
    if (page.length === PEOPLE_A_QUERY) await learnZones();
  }
  if (page.length > 0) await learnZones();
  const dueIn = new Map(
    zones
      .filter(({ time_zone: zone }) => isTimeZone(zone))
      .map(({ time_zone: zone }) => [zone, instantOf(wallMs, zone)]),
  );
  // Of whom no zone is known, UTC is taken.
  const dueOf = ({ userId }: AudienceMember) => dueIn.get(zoneOf.get(userId) ?? '') ?? wallMs;
  return all.sort((one, other) => dueOf(one) - dueOf(other));
}
