import type { EventEnvelope } from '@cloudphone/contracts';
import { createTail, encodeLogRow } from '@cloudphone/event-log';
import { createMetrics, silentLogger } from '@cloudphone/runtime';
import { changeFeedConformance } from '../../../shared/view-cache/src/change-feed-conformance.ts';

changeFeedConformance('the tail of the log', {
  // Of an envelope, a tail looks at no more.
  rowJson: (changeClass) =>
    encodeLogRow({ type: TYPES[changeClass], time: new Date().toISOString() } as EventEnvelope),
  open: async ({ store, reader, listener, heartbeatMs }) => {
    const tail = createTail({
      store,
      reader,
      logger: silentLogger,
      metrics: createMetrics(),
      heartbeatMs,
      onRow: ({ position, tags, class: changeClass }) =>
        listener.applyChange({ position, tags, class: changeClass }),
      onReset: (reset) => listener.reset(reset),
    });
    await tail.start();
    return tail;
  },
});

const TYPES = { fact: 'device.updated', access: 'user.status_changed' } as const;
