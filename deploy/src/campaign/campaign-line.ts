import type { CampaignStatus } from './campaign-api.ts';

const BAR_CELLS = 30;

/** A campaign's state in one line, with a bar. */
export function campaignLine(campaign: CampaignStatus): string {
  const { status, progress, processedUsers, totalUsers, estimatedTimeRemaining } = campaign;
  const filled = Math.round((progress / 100) * BAR_CELLS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
  const parts = [
    `${bar} ${progress.toFixed(1).padStart(5)} %`,
    `${processedUsers}/${totalUsers ?? '?'}`,
    countsOf(campaign),
    status,
    ...(campaign.limitedBy === null ? [] : [`held back by ${campaign.limitedBy}`]),
    ...(estimatedTimeRemaining === null ? [] : [`${estimatedTimeRemaining} left`]),
    ...(campaign.failure === null ? [] : [campaign.failure]),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function countsOf(campaign: CampaignStatus): string {
  const counts = [
    ['sent', campaign.successCount],
    ['failed', campaign.failureCount],
    ['skipped', campaign.skippedCount],
    ['unknown', campaign.unknownCount],
    ['cancelled', campaign.cancelledCount],
  ] as const;
  return counts
    .filter(([name, count]) => name === 'sent' || count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
