import { silentLogger, systemClock } from '@cloudphone/runtime';
import { describe, expect, it } from 'vitest';
import { countsOfMirror } from './campaign-counts.ts';
import { type ProgressRow, presentProgress } from './present-progress.ts';
import { type ProgressSources, readProgress } from './read-progress.ts';
import { createToldProgress } from './told-progress.ts';

const NOW = new Date('2026-03-01T00:00:00Z');
const nobody = countsOfMirror([], ['email'], 10);
const row = (changes: Partial<ProgressRow>): ProgressRow => ({
  ...{ batch_id: crypto.randomUUID(), name: null, status: 'processing', channels: ['email'] },
  ...{ total_users: 10, is_dry_run: false, schedule_id: null, created_by: 'ops' },
  ...{ content_hash: null, approved_by: null, created_at: NOW, starts_at: null, frozen_at: NOW },
  ...{ started_at: NOW, completed_at: null, epoch: 1, round: 1, frozen_counts: null },
  ...{ result: null, pause_reason: null, failure: null },
  ...changes,
});

/** A ledger of one campaign, and how often it was looked at beside the glance. */
function world() {
  let looks = 0;
  const look = async (round: number, processed: number) => ({
    ...{ run: 'the run', total: 10, epoch: 1, mode: 'running' as const, round, processed },
    ...{ people: nobody.people, channels: [nobody.people], chunks: 1, doneChunks: 0 },
    ...{ pacePerSecond: undefined, finishedAtMs: undefined, limit: undefined },
  });
  const sources = {
    ledger: {
      readProgress: () => {
        looks += 1;
        return look(2, 7);
      },
    },
    ...{ db: undefined, logger: silentLogger, clock: systemClock },
  } as unknown as ProgressSources;
  return { sources, look, looks: () => looks };
}

describe('a glance at the ledger that began with the look at the row', () => {
  it('is enough where it is of the same round', async () => {
    const { sources, look, looks } = world();
    const { processedUsers } = await readProgress(row({ round: 1 }), sources, look(1, 4));
    expect([processedUsers, looks()]).toEqual([4, 0]);
  });

  it('is taken again where the row is of a later round', async () => {
    const { sources, look, looks } = world();
    const { processedUsers } = await readProgress(row({ round: 2 }), sources, look(1, 10));
    expect([processedUsers, looks()]).toEqual([7, 1]);
  });

  it.each([
    ['has ended', row({ status: 'completed', result: nobody })],
    ['has not begun', row({ status: 'scheduled', started_at: null })],
  ])('is not waited for when the campaign %s', async (_, settled) => {
    const { sources, looks } = world();
    const never = new Promise<never>(() => undefined);
    const { status } = await readProgress(settled, sources, never);
    expect([status, looks()]).toEqual([settled.status, 0]);
  });
});

describe('a campaign whose people are all processed', () => {
  const everybody = { ...nobody, processed: 10 };

  it('is completed, also while the ledger is not there to tell when that was', () => {
    expect(presentProgress(row({}), everybody).status).toBe('completed');
    expect(presentProgress(row({ status: 'paused' }), everybody).status).toBe('completed');
    expect(presentProgress(row({}), { ...nobody, processed: 9 }).status).toBe('processing');
    const waiting = row({ status: 'scheduled', started_at: null });
    expect(presentProgress(waiting, everybody).status).toBe('scheduled');
    expect(presentProgress(row({ status: 'cancelled' }), everybody).status).toBe('cancelled');
  });

  it('stays told with its end when the mirror, which knows none, is asked next', () => {
    const told = createToldProgress();
    const campaign = { batch_id: 'one', round: 1 };
    told.furthest(campaign, { counts: everybody, finishedAtMs: 5 });
    expect(told.furthest(campaign, { counts: everybody })).toMatchObject({ finishedAtMs: 5 });
    const again = told.furthest({ ...campaign, round: 2 }, { counts: nobody });
    expect(again.finishedAtMs).toBeUndefined();
  });
});
