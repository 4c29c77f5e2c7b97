import {
  type AudienceRequest,
  audienceOf,
  type BulkRequest,
  type CampaignSchedule,
  type ChannelKind,
  channelKindSchema,
} from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { type Issue, invalidInput } from '@cloudphone/errors';
import type { ChannelTable } from '../channels/channel.ts';
import { type Beginning, checkBeginning } from '../schedules/check-beginning.ts';
import type { NotificationTables, PinnedAudience } from '../schema.ts';
import { findValueIssues } from '../templates/check-values.ts';
import type { TemplateRow } from '../templates/present-template.ts';
import { selectTemplates } from '../templates/select-templates.ts';
import { deduplicate } from './freeze-audience.ts';

/** What is sent and to whom, before it is known to make sense. */
export type CampaignContent = Omit<BulkRequest, 'schedule'>;

/** A request of which everything is known to be there. */
export interface CheckedCampaign {
  readonly template: TemplateRow;
  readonly channels: ChannelKind[];
  readonly audience: PinnedAudience;
  /** Of an audience that was named one by one: each person once. */
  readonly userIds: readonly string[] | undefined;
  readonly beginning: Beginning;
}

interface Sources {
  readonly db: ReadOnlyDb<NotificationTables>;
  readonly channels: ChannelTable;
  readonly nowMs: number;
}

const NAMED_FOR_EVER = 10_000;

/** Where in a request what is wrong is found. */
interface Paths {
  readonly content: string;
  readonly schedule: string;
}

/** Throws invalid_input with every issue there is, before anything is sent. */
export async function checkCampaign(
  asked: { readonly content: CampaignContent; readonly schedule: CampaignSchedule },
  sources: Sources,
  paths: Paths = { content: 'body', schedule: 'body.schedule' },
): Promise<CheckedCampaign> {
  const issues: Issue[] = [];
  const { content } = asked;
  const { content: path } = paths;
  const { beginning, ...timing } = checkBeginning(asked.schedule, sources.nowMs, paths.schedule);
  issues.push(...timing.issues);
  const channels = checkChannels(content.channels, sources, issues, path);
  const audience = await checkAudience(content, sources, issues, path);
  if (beginning.kind === 'recurring') issues.push(...findRecurringIssues(audience, path));
  const template = await selectTemplates(sources.db)
    .where('code', '=', content.templateCode)
    .executeTakeFirst();
  if (template === undefined || !template.is_active) {
    const message = template === undefined ? 'there is no such template' : 'it is switched off';
    throw invalidInput([...issues, { path: `${path}.templateCode`, message }]);
  }
  // What the rows of a file say is checked row by row.
  const general = template.variables.filter(({ name }) => !audience.fields.includes(name));
  issues.push(...findValueIssues(general, content.data, `${path}.data`));
  if (issues.length > 0) throw invalidInput(issues);
  return { template, channels, beginning, userIds: audience.userIds, audience: audience.pinned };
}

/** What comes round for years is kept with its schedule; files are not. */
function findRecurringIssues({ pinned, userIds = [] }: KnownAudience, path: string): Issue[] {
  if (pinned.kind === 'csv') {
    return [
      { path: `${path}.audience.csv`, message: 'files are not kept for long: save a segment' },
    ];
  }
  if (userIds.length <= NAMED_FOR_EVER) return [];
  const message = `takes at most ${NAMED_FOR_EVER} when it comes round: save a segment`;
  return [{ path: `${path}.audience.userIds`, message }];
}

function checkChannels(
  asked: readonly string[],
  { channels }: Sources,
  issues: Issue[],
  path: string,
): ChannelKind[] {
  if (asked.length === 0) issues.push({ path: `${path}.channels`, message: 'name at least one' });
  const kinds = asked.flatMap((name, index) => {
    const kind = channelKindSchema.safeParse(name);
    if (kind.success && channels[kind.data] !== undefined) return [kind.data];
    const what = kind.success ? 'channel not available' : 'there is no such channel';
    issues.push({ path: `${path}.channels.${index}`, message: `${what}: ${name}` });
    return [];
  });
  return [...new Set(kinds)];
}

interface KnownAudience {
  readonly pinned: PinnedAudience;
  readonly userIds: readonly string[] | undefined;
  /** Variables that its rows fill in. */
  readonly fields: readonly string[];
}

async function checkAudience(
  content: CampaignContent,
  { db, nowMs }: Sources,
  issues: Issue[],
  path: string,
): Promise<KnownAudience> {
  const asked: AudienceRequest = audienceOf(content) ?? {};
  const refuse = (member: string, message: string) =>
    void issues.push({ path: `${path}.audience.${member}`, message });
  const nobody: KnownAudience = { pinned: { kind: 'userIds' }, userIds: [], fields: [] };
  if (asked.userIds !== undefined) {
    const userIds = deduplicate(asked.userIds);
    const isShort = content.userIds !== undefined;
    if (userIds.length === 0) {
      issues.push({ path: `${path}.${isShort ? '' : 'audience.'}userIds`, message: 'is empty' });
    }
    return { ...nobody, userIds };
  }
  if (asked.csv !== undefined) {
    const upload = await db
      .selectFrom('uploads')
      .select('fields')
      .where('id', '=', asked.csv)
      .where('expires_at', '>', new Date(nowMs))
      .executeTakeFirst();
    if (upload === undefined) refuse('csv', 'there is no such upload, or no longer');
    const pinned = { kind: 'csv', uploadId: asked.csv } as const;
    return { pinned, userIds: undefined, fields: upload?.fields ?? [] };
  }
  if (asked.savedSegment !== undefined) {
    const segment = await db
      .selectFrom('segments')
      .select('definition')
      .where('id', '=', asked.savedSegment)
      .executeTakeFirst();
    if (segment === undefined) refuse('savedSegment', 'there is no such segment');
    const definition = segment?.definition ?? {};
    return { pinned: { kind: 'segment', definition }, userIds: undefined, fields: [] };
  }
  const pinned = { kind: 'segment', definition: asked.segment ?? {} } as const;
  return { pinned, userIds: undefined, fields: [] };
}
