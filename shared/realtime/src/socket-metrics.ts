import type { Labels, Metrics } from '@cloudphone/runtime';

export interface SocketMetrics {
  setConnections(count: number): void;
  /** One frame to `by` sockets. */
  delivered(labels: { readonly event: string }, by: number): void;
  adapterFailed(labels: { readonly operation: string }): void;
  refusedHandshake(labels: { readonly code: string }): void;
  refusedMessage(labels: { readonly code: string }): void;
  closed(labels: { readonly reason: string }): void;
}

export function createSocketMetrics(metrics: Metrics): SocketMetrics {
  const labelled = (add: (labels?: Labels, by?: number) => void) => (labels: object, by?: number) =>
    add(labels as Labels, by);
  return {
    setConnections: metrics.gauge({
      name: 'cloudphone_socket_connections',
      help: 'Sockets of this process that are logged in.',
    }),
    delivered: labelled(
      metrics.counter({
        name: 'cloudphone_socket_frames_total',
        help: 'Frames of durable events written to sockets.',
        labels: ['event'],
      }),
    ),
    adapterFailed: labelled(
      metrics.counter({
        name: 'cloudphone_socket_adapter_failures_total',
        help: 'What Redis did not take or give.',
        labels: ['operation'],
      }),
    ),
    refusedHandshake: labelled(
      metrics.counter({
        name: 'cloudphone_socket_refused_handshakes_total',
        help: 'Handshakes that were refused.',
        labels: ['code'],
      }),
    ),
    refusedMessage: labelled(
      metrics.counter({
        name: 'cloudphone_socket_refused_messages_total',
        help: 'Client messages that were refused.',
        labels: ['code'],
      }),
    ),
    closed: labelled(
      metrics.counter({
        name: 'cloudphone_socket_closed_total',
        help: 'Sockets that the server closed.',
        labels: ['reason'],
      }),
    ),
  };
}
