import { formatPosition, socketEventName } from '@cloudphone/contracts';
import type { LogRow } from '@cloudphone/event-log';
import type { Realtime } from '@cloudphone/realtime';
import type { LogFollower } from './follow-log.ts';

/**
 * Where the log meets the sockets: each channel of a row hears its own projection of the event, on
 * this node's sockets only (every node's tail does the same). Replayed rows are not told again.
 */
export function socketsFollowLog(realtime: Pick<Realtime, 'deliver'>): LogFollower {
  const onRow = ({ envelope, position, deliveries, isReplay }: LogRow): void => {
    if (isReplay) return;
    const name = socketEventName(envelope.type);
    const { traceparent } = envelope;
    for (const { channel, data } of deliveries) {
      const frame = {
        type: envelope.type,
        data,
        id: envelope.id,
        channel,
        pos: formatPosition(position),
        time: envelope.time,
        ...(traceparent === undefined ? {} : { traceparent }),
      };
      realtime.deliver({ channel, name, frame });
    }
  };
  return { onRow };
}
