import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Replica } from './choose-replica.ts';
import { forwardedHeaders } from './forward-request.ts';

export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly client: Duplex;
  /** What the client sent on the heels of its request. */
  readonly head: Buffer;
  readonly replica: Replica;
}

/** Joins a WebSocket's two ends; from the first byte on, each end lives as long as the other. */
export function forwardUpgrade({ incoming, client, head, replica }: Upgrade): void {
  const server = connect(replica.port, '127.0.0.1', () => {
    server.write(requestHead(incoming));
    server.write(head);
    server.pipe(client);
    client.pipe(server);
  });
  server.setNoDelay(true);
  server.once('error', () => client.destroy());
  server.once('close', () => client.destroy());
  client.once('error', () => server.destroy());
  client.once('close', () => server.destroy());
}

function requestHead(incoming: IncomingMessage): string {
  const lines = Object.entries(forwardedHeaders(incoming)).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  const { method, url, httpVersion } = incoming;
  return [`${method} ${url} HTTP/${httpVersion}`, ...lines, '', ''].join('\r\n');
}
