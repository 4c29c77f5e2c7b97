import type { ViewCache } from '@cloudphone/view-cache';
import type { LogFollower } from './follow-log.ts';

/**
 * Where the log meets the cache: every row drops the views built from one of its tags. Runs before
 * anybody is told of the row, so what a push makes a client fetch is already fresh on this node. A
 * row's first tag is its entity's: an answer that shows a lower version of it came from a laggard.
 */
export function cacheFollowsLog<Sources>(
  cache: Pick<ViewCache<Sources>, 'applyChange' | 'reset'>,
): LogFollower {
  return {
    onRow: ({ position, tags, class: eventClass, envelope, isReplay }) => {
      const [tag] = tags;
      const version = envelope.entityversion;
      const versions = tag === undefined || version === undefined ? [] : [{ tag, version }];
      const atMs = Date.parse(envelope.time);
      // What is told a second time, or by a row that cannot be read, says nothing of delays.
      const told = isReplay || !(atMs > 0) ? {} : { atMs };
      cache.applyChange({ position, tags, class: eventClass, versions, ...told });
    },
    onReset: (reset) => cache.reset(reset),
  };
}
