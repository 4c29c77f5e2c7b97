import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from './child-program.ts';

/** What the baseline writes, whatever it is asked: these bytes under these headers. */
export interface BareAnswer {
  readonly body: string;
  /** Name and value in turn; Node adds Date, Connection and Keep-Alive, as it does for everybody. */
  readonly headers: readonly string[];
}

answerParent(serveBare);

/** A server that does nothing else. Resolves with its address. */
async function serveBare({ body, headers }: BareAnswer): Promise<string> {
  const bytes = Buffer.from(body);
  const server = createServer((_req, res) => {
    res.writeHead(200, [...headers]);
    res.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
