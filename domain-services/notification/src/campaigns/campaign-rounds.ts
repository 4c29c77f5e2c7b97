import { notificationCalls } from '@cloudphone/contracts';
import { answerCall, type Route } from '@cloudphone/http';
import { type OpenedRound, openRound } from '../sending/rounds/open-round.ts';
import { resolveUnknown } from '../sending/rounds/resolve-unknown.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { progressReply } from './progress-reply.ts';
import { readProgress } from './read-progress.ts';

/** What is done about recipients that were not reached, or of whom nobody knows. */
export function campaignRoundRoutes(tools: CampaignTools): readonly Route[] {
  const { sending } = tools;
  const reply = async ({ row, eventIds }: OpenedRound) => ({
    ...progressReply(await readProgress(row, tools), tools.clock),
    eventIds,
  });
  return [
    answerCall(notificationCalls.replayFailedRecipients, async ({ params, body }) =>
      reply(await openRound(sending, { ...params, filter: body.filter })),
    ),
    answerCall(notificationCalls.resendUnknown, async ({ params, body }) =>
      reply(await resolveUnknown(sending, { ...params, how: 'resend', filter: body.filter })),
    ),
    answerCall(notificationCalls.acceptUnknown, async ({ params, body }) =>
      reply(await resolveUnknown(sending, { ...params, how: 'accept', filter: body.filter })),
    ),
  ];
}
