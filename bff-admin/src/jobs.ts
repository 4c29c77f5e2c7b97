import { watchCampaigns } from './campaigns/watch-campaigns.ts';

/** What goes on beside requests. */
export const jobs = [watchCampaigns];
