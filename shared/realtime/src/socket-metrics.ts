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
  const counter = (name: string, help: string, label: string) => {
    const add = metrics.counter({ name: `cloudphone_socket_${name}_total`, help, labels: [label] });
    return (labels: object, by?: number) => add(labels as Labels, by);
  };
  return {
    setConnections: metrics.gauge({
      name: 'cloudphone_socket_connections',
      help: 'Sockets of this process that are logged in.',
    }),
    delivered: counter('frames', 'Frames of durable events written to sockets.', 'event'),
    adapterFailed: counter('adapter_failures', 'What Redis did not take or give.', 'operation'),
    refusedHandshake: counter('refused_handshakes', 'Handshakes that were refused.', 'code'),
    refusedMessage: counter('refused_messages', 'Client messages that were refused.', 'code'),
    closed: counter('closed', 'Sockets that the server closed.', 'reason'),
  };
}
