import type { Metrics } from '@cloudphone/runtime';
import type { Outcome } from './handle-row.ts';

export type FollowerMetrics = ReturnType<typeof followerMetrics>;

/** Of a group's instances the one that holds it tells how it stands; the others tell zeros. */
export function followerMetrics(metrics: Metrics, group: string) {
  const following = metrics.gauge({
    name: 'cloudphone_follower_following',
    help: '1 while this instance holds the group and nothing that it needs is away.',
    labels: ['group'],
  });
  const lag = metrics.gauge({
    name: 'cloudphone_follower_lag_rows',
    help: 'Rows of the log that a group has not come to yet.',
    labels: ['group'],
  });
  const oldest = metrics.gauge({
    name: 'cloudphone_follower_oldest_timestamp_seconds',
    help: 'When the oldest event that a group has begun with was appended; 0 when none is under way.',
    labels: ['group'],
  });
  const letters = metrics.gauge({
    name: 'cloudphone_dead_letters',
    help: 'Events that a group has put aside: parked for operators, or held behind one of their key.',
    labels: ['group', 'state'],
  });
  const events = metrics.counter({
    name: 'cloudphone_follower_events_total',
    help: 'Events that a group reacted to, by outcome.',
    labels: ['group', 'outcome'],
  });
  const interrupted = new Set<string>();
  const tell = {
    lag: (rows: number) => lag(rows, { group }),
    oldest: (atMs: number) => oldest(atMs / 1_000, { group }),
    letters: ({ parked, held }: { readonly parked: number; readonly held: number }) => {
      letters(parked, { group, state: 'parked' });
      letters(held, { group, state: 'held' });
    },
    count: (outcome: Outcome) => events({ group, outcome }),
    begin: () => {
      interrupted.clear();
      following(1, { group });
    },
    /** What the group is made of may be interrupted part by part. */
    interrupt: (part: string, isAway: boolean) => {
      if (isAway) interrupted.add(part);
      else interrupted.delete(part);
      following(interrupted.size === 0 ? 1 : 0, { group });
    },
    end: () => {
      following(0, { group });
      tell.lag(0);
      tell.oldest(0);
      tell.letters({ parked: 0, held: 0 });
    },
  };
  tell.end();
  return tell;
}
