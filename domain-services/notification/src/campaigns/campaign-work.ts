import { repeatEvery } from '@cloudphone/domain-service';
import type { Lifecycle } from '@cloudphone/runtime';
import { advanceSchedules } from '../schedules/advance-schedules.ts';
import { forgetUploads } from '../uploads/forget-uploads.ts';
import { beginCampaigns } from './begin-campaigns.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { forgetCampaigns } from './forget-campaigns.ts';
import { noteProgress } from './note-progress.ts';

const LOOK_EVERY_MS = 1_000;
const NOTE_EVERY_MS = 10_000;
const FORGET_EVERY_MS = 3_600_000;

/** Looks at once, and again when it is called during a look; never twice at a time. */
export interface CampaignWork {
  look(): Promise<void>;
}

/** What goes on in the service beside requests: audiences, beginnings, occurrences, and forgetting. */
export function startCampaignWork(
  tools: Omit<CampaignTools, 'lookForWork'>,
  lifecycle: Lifecycle,
): CampaignWork {
  let underWay: Promise<void> | undefined;
  let isWanted = false;
  const whole: CampaignTools = { ...tools, lookForWork: () => void look() };
  const lookOnce = async (): Promise<void> => {
    try {
      do {
        isWanted = false;
        await advanceSchedules(whole);
        await beginCampaigns(whole);
      } while (isWanted && !lifecycle.isStopping);
    } catch (err) {
      tools.logger.warn({ err }, 'campaigns that are due are looked for again');
    } finally {
      underWay = undefined;
    }
  };
  const look = (): Promise<void> => {
    isWanted = true;
    underWay ??= lookOnce();
    return underWay;
  };
  const chores = { ...tools, lifecycle };
  repeatEvery(LOOK_EVERY_MS, { name: 'begin campaigns', run: look }, chores);
  repeatEvery(NOTE_EVERY_MS, { name: 'note progress', run: () => noteProgress(whole) }, chores);
  const forget = async () => {
    await forgetCampaigns(whole);
    await forgetUploads(whole);
  };
  repeatEvery(FORGET_EVERY_MS, { name: 'forget campaigns', run: forget }, chores);
  lifecycle.onClose('campaign work', () => underWay ?? Promise.resolve());
  return { look };
}
