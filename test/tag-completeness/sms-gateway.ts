import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Numbers that end so are dead, break off half-way, or are refused for what is said. */
export const DEAD = '0';
const BREAKS_OFF = '1';
const REFUSES = '2';

/** A stand-in for a gateway of text messages: what becomes of one is told by its number. */
export async function openSmsGateway(): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer(async (request, response) => {
    const to = new URLSearchParams(await text(request)).get('To') ?? '';
    if (to.endsWith(BREAKS_OFF)) {
      response.destroy();
      return;
    }
    const code = to.endsWith(DEAD) ? 21_211 : to.endsWith(REFUSES) ? 30_005 : undefined;
    response.writeHead(code === undefined ? 201 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code, message: 'as its number says' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
