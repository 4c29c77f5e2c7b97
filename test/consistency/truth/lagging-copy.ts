import type { Key } from '../world-map.ts';
import type { Commit, ItemAnswer, OwnerAnswer, TrueWorld } from './true-world.ts';

/** Things and people as replicas have them that have not caught up. */
export interface LaggingCopy {
  onWritten(commit: Commit): void;
  /** As they were `lagMs` ago; marked when that is not as they are. */
  item(id: number, lagMs: number): ItemAnswer;
  owner(id: number, lagMs: number): OwnerAnswer;
}

const KEPT_MS = 1_000;

export function createLaggingCopy(world: TrueWorld): LaggingCopy {
  const past = new Map<Key, { readonly sinceMs: number; readonly answer: ItemAnswer }[]>();

  const asOf = <Answer extends OwnerAnswer>(answer: Answer, lagMs: number): Answer => {
    const states = past.get(answer.key) ?? [];
    const then = states.findLast(({ sinceMs }) => sinceMs <= performance.now() - lagMs);
    const found = (then ?? states[0])?.answer as Answer | undefined;
    return found && found.version < answer.version ? { ...found, isBehind: true } : answer;
  };
  const current = (key: Key): ItemAnswer | undefined => {
    const [kind, id] = key.split(':');
    if (kind === 'item') return world.item(Number(id));
    return kind === 'owner' ? { ...world.owner(Number(id)), ownerId: 0, isGone: false } : undefined;
  };

  return {
    onWritten: ({ changed }) => {
      const nowMs = performance.now();
      for (const [key, version] of changed) {
        const answer = current(key);
        if (answer === undefined) continue;
        const before = { sinceMs: 0, answer: { ...answer, version: version - 1 } };
        const states = past.get(key) ?? [before];
        states.push({ sinceMs: nowMs, answer });
        // The state that held when the oldest moment began is needed, too.
        while (states[1] && states[1].sinceMs < nowMs - KEPT_MS) states.shift();
        past.set(key, states);
      }
    },
    item: (id, lagMs) => asOf(world.item(id), lagMs),
    owner: (id, lagMs) => asOf(world.owner(id), lagMs),
  };
}
