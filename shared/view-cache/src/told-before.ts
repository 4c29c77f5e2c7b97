import type { CacheCore } from './core.ts';
import { NOWHERE, type Position } from './position.ts';
import type { ToldVersions } from './recorder.ts';

/** What a load that began at `start` is not to be below. */
export function toldBefore(
  { versions }: Pick<CacheCore, 'versions'>,
  start: Position = NOWHERE,
): ToldVersions {
  return {
    latest: versions.latest,
    hasLater: (tag, version) => versions.hasLater(tag, version, start),
    hasLaterAccess: (tag, version) => versions.hasLaterAccess(tag, version, start),
  };
}
