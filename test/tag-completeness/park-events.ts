import { encodeLogRow } from '@cloudphone/event-log';
import type { LogStore } from '@cloudphone/redis';
import { randomId } from '@cloudphone/runtime';

/** Of each kind: enough to be judged now and then, few enough to be listed. */
const COUNT = 8;

/** Between them they are followed by every service, none of which can make anything of their data. */
const TYPES = ['user.updated', 'device.deleted'] as const;

/** Events that each of the services parks, so that there are dead letters to be judged. */
export async function appendEventsToPark(store: LogStore): Promise<void> {
  const rows = TYPES.flatMap((type) =>
    Array.from({ length: COUNT }, () => {
      const id = randomId();
      const json = encodeLogRow({
        ...{ specversion: '1.0', id, type, source: '/elsewhere', subject: `broken/${id}` },
        ...{ time: new Date().toISOString(), datacontenttype: 'application/json' },
        ...{ dataschema: `/events/${type}`, data: { broken: true }, tags: '' },
      });
      return { id, tags: [], json };
    }),
  );
  await store.append(rows);
}
