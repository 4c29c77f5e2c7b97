import type { LogStore } from '@cloudphone/redis';
import type { BffTools } from './bff-definition.ts';
import { findRecentEvents } from './recent-rows.ts';

/** What operators see of the log and do to it, as far as its store alone can tell. */
export function createLogOperations(
  store: Pick<LogStore, 'rotateEpoch' | 'readBefore' | 'read' | 'groups'>,
): Pick<BffTools['log'], 'rotateEpoch' | 'recent' | 'progress'> {
  return {
    rotateEpoch: () => store.rotateEpoch(),
    recent: (query, permissions) => findRecentEvents(store, query, permissions),
    progress: async () => {
      const [{ epoch, seq }, groups] = await Promise.all([store.read(), store.groups()]);
      return {
        seq,
        // A group of another epoch begins this one anew.
        groups: groups.map(({ group, position }) => ({
          group,
          lagRows: Math.max(0, position.epoch === epoch ? seq - position.seq : seq),
        })),
      };
    },
  };
}
