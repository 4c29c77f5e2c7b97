import type { Contact } from '../contacts/find-contacts.ts';
import { instantOf, isTimeZone, parseWallTime } from '../schedules/wall-clock.ts';
import type { CampaignRow } from './present-progress.ts';

/**
 * How long until a recipient's own clock shows the campaign's time; 0 when it has, and for campaigns
 * that go by one clock. In a zone that is none, UTC counts.
 */
export function msUntilLocalTime(
  { schedule }: Pick<CampaignRow, 'schedule'>,
  { timeZone }: Pick<Contact, 'timeZone'>,
  nowMs: number,
): number {
  if (schedule === null || !('localTime' in schedule)) return 0;
  const wallMs = parseWallTime(`${schedule.date}T${schedule.localTime}`);
  if (wallMs === undefined) return 0;
  return Math.max(0, instantOf(wallMs, isTimeZone(timeZone) ? timeZone : 'UTC') - nowMs);
}
