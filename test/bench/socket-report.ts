import type { SocketLatency } from './socket-latency.ts';
import { textTable, whole } from './text-table.ts';

/** The open loop began fewer changes than it should have: the machine was out of breath. */
const KEPT_PACE = 0.9;

export function presentSocketLatency(latency: SocketLatency, wanted: number): string {
  const { frames, missing, repeated, perSecond, p50Ms, p99Ms, maxMs, load } = latency;
  return [
    'From the commit of quota.updated to the callback of a socket, ms',
    textTable([
      ['', 'events/s', 'p50', 'p99', 'max', 'frames', 'missing', 'repeated'],
      [
        'user BFF',
        `${whole(perSecond)} of ${whole(wanted)}`,
        ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2)),
        ...[frames, missing, repeated].map(whole),
      ],
    ]),
    `Row and event in one transaction, outbox, relay, log, tail, socket.io-client; load average ${load.toFixed(2)}.`,
  ].join('\n');
}

/** What was not as it should be; nothing when all was. */
export function problemsOfSockets(latency: SocketLatency, wanted: number): string[] {
  const { missing, repeated, perSecond } = latency;
  return [
    ...(missing > 0 ? [`sockets: ${whole(missing)} frames never came`] : []),
    ...(repeated > 0 ? [`sockets: ${whole(repeated)} frames came twice`] : []),
    ...(perSecond < wanted * KEPT_PACE
      ? [`sockets: ${whole(perSecond)} events a second were committed, not ${whole(wanted)}`]
      : []),
  ];
}
