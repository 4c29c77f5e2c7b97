import type { LogStore } from '@cloudphone/redis';
import { nowMs } from '../socket-latency.ts';

/** When the log said that it has an event, by the event's id; and in how many appends. */
export interface NotedAppends {
  readonly store: LogStore;
  readonly atMs: ReadonlyMap<string, number>;
  count(): number;
}

export function noteAppends(store: LogStore): NotedAppends {
  const atMs = new Map<string, number>();
  let count = 0;
  const noting: LogStore = {
    ...store,
    append: async (rows, options) => {
      const appended = await store.append(rows, options);
      const now = nowMs();
      count += 1;
      for (const { id } of rows) atMs.set(id, now);
      return appended;
    },
  };
  return { store: noting, atMs, count: () => count };
}
