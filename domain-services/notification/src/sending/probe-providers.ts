import type { CampaignRow } from '../campaigns/present-progress.ts';
import { channelOf } from './channel-of.ts';
import { resumeItself } from './pause-itself.ts';
import type { Sending } from './sending.ts';

/** A provider that cannot be asked is tried with a group of messages, after so long. */
const BLIND_WAIT_MS = 15_000;

/**
 * Lets a campaign that paused itself go on once every provider of its channels says that it is back.
 * Where one cannot be asked, time is taken for an answer: the campaign goes on, and stops itself again
 * if it must.
 */
export function createProviderProbe(sending: Sending) {
  const { clock } = sending;
  const pausedSinceMs = new Map<string, number>();

  return async (row: CampaignRow): Promise<void> => {
    if (row.status !== 'paused' || row.pause_reason === null) return;
    const pause = `${row.batch_id}@${row.epoch}`;
    const sinceMs = pausedSinceMs.get(pause) ?? clock.monotonicMs();
    pausedSinceMs.set(pause, sinceMs);
    const answers = await Promise.all(
      row.channels.map((kind) => channelOf(sending, row, kind).isBack?.()),
    );
    const isBack = answers.every((answer) => answer !== false);
    const wasAsked = answers.some((answer) => answer !== undefined);
    if (!isBack || (!wasAsked && clock.monotonicMs() < sinceMs + BLIND_WAIT_MS)) return;
    pausedSinceMs.delete(pause);
    await resumeItself(sending, row);
  };
}
