import { CHUNK_SIZE } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { type CompiledTemplate, compileTemplate } from '../templates/rendered-template.ts';
import { type Batching, batchCalls } from './batch-calls.ts';
import type { ChunkData } from './chunk-job.ts';
import { keepNewest } from './keep-newest.ts';
import { type Audience, type ChunkName, loadAudiences } from './load-audience.ts';
import { createMessageRenderer, type MessageRenderer } from './message-renderer.ts';
import { findKeyRounds } from './rounds/find-key-rounds.ts';
import type { LoadedChunk } from './send-group.ts';
import type { Sending } from './sending.ts';

const CHUNKS_A_QUERY = 32;
const LOAD_GATHER_MS = 4;
const KEPT = 100;

/** Where chunks come from. What several slots ask for at once is asked in one query. */
export interface ChunkSources {
  /**
   * Undefined when the campaign is no longer in that epoch, or over, or has no such chunk. Contacts are
   * as they are now: the latest address.
   */
  findChunk(job: ChunkData): Promise<LoadedChunk | undefined>;
}

export function createChunkSources(
  { db }: Pick<Sending, 'db'>,
  { gatherMs }: Batching,
): ChunkSources {
  const campaigns = keepNewest<string, CampaignRow | undefined>(KEPT);
  const templates = keepNewest<string, CompiledTemplate>(KEPT);
  const renderers = keepNewest<string, MessageRenderer>(KEPT);

  const findRow = (batchId: string) =>
    db.selectFrom('campaigns').selectAll().where('batch_id', '=', batchId).executeTakeFirst();
  const compileVersion = async (row: CampaignRow): Promise<CompiledTemplate> => {
    const { texts } = await db
      .selectFrom('template_versions')
      .select('texts')
      .where('template_id', '=', row.template_id)
      .where('version', '=', row.template_version)
      .executeTakeFirstOrThrow();
    return compileTemplate(texts);
  };
  // A version never changes, so campaigns that say the same share it.
  const openRenderer = async (row: CampaignRow): Promise<MessageRenderer> => {
    const version = `${row.template_id} ${row.template_version}`;
    return createMessageRenderer(row, await templates.get(version, () => compileVersion(row)));
  };
  const loadAudience = batchCalls<ChunkName, Audience | undefined>({
    maxItems: CHUNKS_A_QUERY,
    // Jobs come out of the queue one by one: who waits a moment for the next shares its plan and trip.
    gatherMs: gatherMs === undefined ? undefined : Math.max(gatherMs, LOAD_GATHER_MS),
    call: (wanted) => loadAudiences(db, wanted),
  });

  const findCampaign = async ({ batchId, epoch }: ChunkData): Promise<CampaignRow | undefined> => {
    // A row never changes within an epoch, but for its end, and the ledger knows of that.
    const known = await campaigns.get(batchId, () => findRow(batchId));
    if (known?.epoch === epoch) return known;
    campaigns.forget(batchId);
    const row = await campaigns.get(batchId, () => findRow(batchId));
    return row?.epoch === epoch && row.result === null ? row : undefined;
  };

  return {
    findChunk: async (job) => {
      const { batchId, chunk } = job;
      // Asked beside the campaign: whom a job is for was frozen before there was a job of its epoch.
      const [row, audience] = await Promise.all([
        findCampaign(job),
        loadAudience({ batchId, chunk }),
      ]);
      if (row === undefined || audience === undefined) return undefined;
      const [render, keyRounds] = await Promise.all([
        // What a campaign says is pinned when it is created.
        renderers.get(batchId, () => openRenderer(row)),
        findKeyRounds(db, row, chunk),
      ]);
      return { row, number: chunk, from: chunk * CHUNK_SIZE, ...audience, render, keyRounds };
    },
  };
}
