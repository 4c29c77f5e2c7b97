import type { CacheCore } from './core.ts';
import type { AnyView } from './define-view.ts';
import type { Entry } from './entry.ts';
import type { Standing } from './watermarks.ts';

/** What the node knows of an entry, changes by time alone included. */
export function standingOf(core: CacheCore, entry: Entry, nowMs: number): Standing {
  const standing = core.marks.check(entry, nowMs);
  return standing === 'valid' && nowMs >= entry.changesAtMs ? 'changed' : standing;
}

/** Asks Redis about an entry that this node cannot judge, or must not judge alone. */
export async function validateThroughRedis(core: CacheCore, entry: Entry): Promise<Standing> {
  const nowMs = core.clock.monotonicMs();
  const { position, marks } = await core.store.ask((store) => store.watermarks(entry.tags));
  core.feed.observe(position);
  if (position.epoch !== entry.epoch && !core.unsafe.skipEpoch) return 'other-epoch';
  if (entry.isChanged || marks.some((mark) => mark > entry.validThrough)) {
    entry.isChanged = true;
    return 'changed';
  }
  entry.validThrough = Math.max(entry.validThrough, position.seq);
  entry.lastValidMs = nowMs;
  return nowMs >= entry.changesAtMs ? 'changed' : 'valid';
}

/** Whether a changed entry may be shown a moment longer. Access changes are final. */
export function isTolerable(core: CacheCore, view: AnyView, entry: Entry, nowMs: number): boolean {
  if (view.toleratesChangeForMs === 0 || nowMs >= entry.servableUntilMs) return false;
  // The change came after the entry was last found valid, so it is at most that old.
  const changedForMs = nowMs - Math.min(entry.lastValidMs, entry.changesAtMs);
  return changedForMs <= view.toleratesChangeForMs && !isFinal(core, entry);
}

/** Whether a failing source may be answered for with this entry. */
export function isServableDespite(core: CacheCore, entry: Entry, nowMs: number): boolean {
  return nowMs < entry.servableUntilMs && entry.absence === undefined && !isFinal(core, entry);
}

function isFinal(core: CacheCore, entry: Entry): boolean {
  return core.marks.isFinal(entry.tags, { epoch: entry.epoch, seq: entry.validThrough });
}
