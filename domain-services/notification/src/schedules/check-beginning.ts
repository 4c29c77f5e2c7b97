import type { CampaignSchedule } from '@cloudphone/contracts';
import type { Issue } from '@cloudphone/errors';
import type { PinnedSchedule } from '../schema.ts';
import { nextRuns, parseCron, type Recurrence } from './next-runs.ts';
import { instantOf, isTimeZone, parseWallTime } from './wall-clock.ts';

/** When a campaign begins, once that is known to be possible. */
export type Beginning =
  | { readonly kind: 'now' }
  | { readonly kind: 'once'; readonly schedule: PinnedSchedule; readonly startsAtMs: number }
  | {
      readonly kind: 'recurring';
      readonly recurrence: Recurrence;
      readonly missed: 'skip' | 'run_once';
    };

/** Where a day begins first. */
const EARLIEST_ZONE = 'Pacific/Kiritimati';
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Everything that is wrong with it, by path, or when it begins. */
export function checkBeginning(
  asked: CampaignSchedule,
  nowMs: number,
  path = 'body.schedule',
): { readonly issues: readonly Issue[]; readonly beginning: Beginning } {
  const issues: Issue[] = [];
  const refuse = (member: string, message: string) =>
    void issues.push({ path: `${path}.${member}`, message });
  const answer = (beginning: Beginning) => ({ issues, beginning });
  if (asked === 'now') return answer({ kind: 'now' });
  const { at, timeZone, cron, until, missed = 'skip', localTime, date } = asked;
  const unused = (members: Readonly<Record<string, unknown>>, use: string) => {
    for (const [member, value] of Object.entries(members)) {
      if (value !== undefined) refuse(member, `does not go with ${use}`);
    }
  };

  if (localTime !== undefined) {
    unused({ timeZone, until, missed: asked.missed }, 'localTime');
    const wallMs = CLOCK.test(localTime) ? parseWallTime(`${date}T${localTime}`) : undefined;
    if (!CLOCK.test(localTime)) refuse('localTime', 'reads like 09:00');
    else if (wallMs === undefined) refuse('date', 'reads like 2026-03-01');
    const startsAtMs = instantOf(wallMs ?? 0, EARLIEST_ZONE);
    if (wallMs !== undefined && startsAtMs <= nowMs) {
      refuse('localTime', 'is past already where the day begins first');
    }
    return answer({ kind: 'once', schedule: { localTime, date: date ?? '' }, startsAtMs });
  }

  const zone = timeZone ?? '';
  if (!isTimeZone(zone)) {
    refuse('timeZone', timeZone === undefined ? 'is missing' : 'there is no such time zone');
  }
  if (at !== undefined) {
    unused({ until, missed: asked.missed, date }, 'at');
    const wallMs = parseWallTime(at);
    if (wallMs === undefined) refuse('at', 'reads like 2026-03-01T09:00, without an offset');
    if (wallMs === undefined || !isTimeZone(zone)) return answer({ kind: 'now' });
    const startsAtMs = instantOf(wallMs, zone);
    if (startsAtMs <= nowMs) refuse('at', 'is past');
    return answer({ kind: 'once', schedule: { at, timeZone: zone }, startsAtMs });
  }

  unused({ date }, 'cron');
  const recurrence: Recurrence = { cron: cron ?? '', timeZone: zone, until: until ?? null };
  const isPattern = parseCron(recurrence.cron) !== undefined;
  if (!isPattern) refuse('cron', 'is no pattern of five fields (minute hour day month weekday)');
  const isUntil = until === undefined || parseWallTime(until) !== undefined;
  if (!isUntil) refuse('until', 'reads like 2026-03-01T09:00');
  if (isPattern && isUntil && isTimeZone(zone) && nextRuns(recurrence, nowMs, 1).length === 0) {
    refuse(until === undefined ? 'cron' : 'until', 'it would never begin');
  }
  return answer({ kind: 'recurring', recurrence, missed });
}
