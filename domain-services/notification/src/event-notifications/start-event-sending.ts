import { repeatEvery } from '@cloudphone/domain-service';
import type { Lifecycle, Logger, Metrics } from '@cloudphone/runtime';
import type { EventSending } from './event-sending.ts';
import { sendEventMessages } from './send-event-messages.ts';

const LANES = { urgent: 200, normal: 500 } as const;

/** Sends until the lifecycle closes: each lane by itself, so that none waits for the other. */
export function startEventSending(
  sending: Omit<EventSending, 'onOutcome'>,
  tools: { readonly logger: Logger; readonly lifecycle: Lifecycle; readonly metrics: Metrics },
): void {
  const { lifecycle, metrics } = tools;
  const count = metrics.counter({
    name: 'cloudphone_event_messages_total',
    help: 'Messages about events that were tried, by how the attempt ended.',
    labels: ['type', 'channel', 'outcome'],
  });
  const counted: EventSending = {
    ...sending,
    onOutcome: (of, outcome) => count({ ...of, outcome }),
  };
  for (const lane of ['urgent', 'normal'] as const) {
    const run = async () => {
      while (!lifecycle.isStopping && (await sendEventMessages(counted, lane)) > 0);
    };
    repeatEvery(LANES[lane], { name: `${lane} event messages`, run }, { ...tools, ...sending });
  }
}
