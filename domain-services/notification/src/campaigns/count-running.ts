import { notificationCalls, tags } from '@cloudphone/contracts';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { CampaignTools } from './campaign-tools.ts';

export function getRunningCampaignCountRoute({ db }: CampaignTools): Route {
  return answerCall(notificationCalls.getRunningCampaignCount, async () => {
    const { running } = await db
      .selectFrom('campaigns')
      .select(sql<number>`count(*)::integer`.as('running'))
      .where('status', 'in', ['preparing', 'processing', 'paused'])
      .executeTakeFirstOrThrow();
    return { body: { running }, tags: [{ tag: tags.campaigns() }] };
  });
}
