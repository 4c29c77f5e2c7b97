import { notificationCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import * as z from 'zod';
import type { CampaignTools } from './campaign-tools.ts';
import type { CampaignRow } from './present-progress.ts';
import { type PlacedRecipient, walkRecipients } from './walk-recipients.ts';

const placeSchema = z.tuple([z.string().regex(/^\d{1,2}$/), z.string().regex(/^\d{1,9}$/)]);
/** Chunks read for one page at most: rare recipients may take several pages to find. */
const CHUNKS_A_PAGE = 2_000;

/** Who a campaign is for and what became of each, channel by channel in the frozen order. */
export function listRecipientsRoute(tools: CampaignTools): Route {
  return answerCall(notificationCalls.listRecipients, async ({ params, query }) => {
    const { limit, cursor } = query;
    const [channelIndex, ordinal] =
      cursor === undefined ? ['0', '-1'] : readPlace(cursor, 'recipients', placeSchema);
    const row = await getFrozen(params.batchId, tools);
    const found: PlacedRecipient[] = [];
    const walk = walkRecipients(row, tools, {
      ...query,
      after: { channelIndex: Number(channelIndex), ordinal: Number(ordinal) },
      maxChunks: CHUNKS_A_PAGE,
    });
    let stoppedAt: PlacedRecipient['place'] | undefined;
    for await (const step of walk) {
      if ('stoppedAt' in step) stoppedAt = step.stoppedAt;
      else found.push(step);
      if (found.length > limit) break;
    }
    const placeOf = ({ channelIndex: index, ordinal: last }: PlacedRecipient['place']) =>
      ['recipients', String(index), String(last)] as const;
    const page = pageFrom(found, limit, ({ place }) => placeOf(place));
    const body = {
      items: page.items.map(({ recipient }) => recipient),
      nextCursor: page.nextCursor ?? (stoppedAt ? cursorOf(placeOf(stoppedAt)) : null),
    };
    const isFinal = row.result !== null;
    return {
      body,
      tags: [{ tag: tags.campaign(row.batch_id) }],
      ...(isFinal ? {} : { changesAtMs: tools.clock.now() }),
    };
  });
}

/** Throws not_found; a campaign that is not frozen yet has nobody. */
export async function getFrozen(batchId: string, { db }: CampaignTools): Promise<CampaignRow> {
  const row = await db
    .selectFrom('campaigns')
    .selectAll()
    .where('batch_id', '=', batchId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('campaign', batchId);
  return row;
}

function cursorOf(place: readonly [string, string, string]): string | null {
  return pageFrom([place, place], 1, () => place).nextCursor;
}
