import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createChooser, type Replica } from './choose-replica.ts';
import { forwardRequest, hasBody } from './forward-request.ts';
import { forwardUpgrade } from './forward-upgrade.ts';
import { watchHealth } from './watch-health.ts';

export interface StickyProxyOptions {
  readonly port: number;
  readonly replicas: readonly Replica[];
  readonly healthEveryMs?: number;
}

export interface StickyProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * One loopback port in front of several replicas, for requests and WebSockets. A caller stays with
 * its first replica by cookie, and moves when that one is unhealthy. A request without a body that
 * cannot reach its replica is tried at the others; when none is left, the answer is 503.
 */
export async function createStickyProxy(options: StickyProxyOptions): Promise<StickyProxy> {
  const { port, replicas, healthEveryMs = 500 } = options;
  const choose = createChooser(replicas);
  const health = watchHealth(replicas, healthEveryMs);
  const agent = new Agent({ keepAlive: true });
  const upgraded = new Set<Duplex>();

  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const chosen = choose(incoming, health.healthy);
    if (!chosen) return refuse(response);
    const onUnreachable = () => {
      health.suspect(chosen.replica);
      if (hasBody(incoming)) refuse(response);
      else forward(incoming, response);
    };
    forwardRequest({ incoming, response, chosen, agent, onUnreachable });
  };

  const server = createServer(forward);
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const chosen = choose(incoming, health.healthy);
    if (!chosen) return client.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    upgraded.add(client);
    client.once('close', () => upgraded.delete(client));
    forwardUpgrade({ incoming, client, head, replica: chosen.replica });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    port,
    close: async () => {
      health.close();
      server.close();
      server.closeAllConnections();
      for (const client of upgraded) client.destroy();
      agent.destroy();
    },
  };
}

function refuse(response: ServerResponse): void {
  if (response.destroyed) return;
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  response.end(JSON.stringify({ title: 'No replica is ready', status: 503 }));
}
