import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DomainServiceName } from '@cloudphone/contracts';
import type { AppError } from '@cloudphone/errors';
import { createMetrics, silentLogger } from '@cloudphone/runtime';
import { createServiceClients, type ServiceClientsOptions } from '../create-service-clients.ts';

export type Answer = (req: IncomingMessage, res: ServerResponse) => void;

export const SECRET = 'a secret of all processes';
export const USER_ID = '0198a1b2-0000-7000-8000-000000000001';
export const DEVICE_ID = '0198a1b2-0000-7000-8000-000000000002';
/** What `getQuota` is asked and answers, in most tests. */
export const OF_USER = { params: { userId: USER_ID } };
export const QUOTA = {
  userId: USER_ID,
  devicesLimit: 5,
  devicesUsed: 1,
  validUntil: '2026-01-01T00:00:00Z',
  version: 3,
};

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (_req, res) =>
    res
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (err: AppError) => err.code,
  );

/** Clients of real servers that answer as told; all of it ends with the test. */
export function testServices(whenDone: (stop: () => Promise<void>) => void) {
  const clientsOf = (url: string, options: Partial<ServiceClientsOptions> = {}) => {
    const names = ['user', 'device', 'app', 'billing', 'notification'] as const;
    const urls = Object.fromEntries(names.map((name) => [name, url]));
    const metrics = createMetrics();
    const clients = createServiceClients({
      urls: urls as Record<DomainServiceName, string>,
      internalSecret: SECRET,
      logger: silentLogger,
      metrics,
      // No test waits for it, and none fails for a machine that stands still.
      defaultTimeoutMs: 30_000,
      ...options,
    });
    whenDone(async () => clients.close());
    return { clients, metrics };
  };

  /** `asked` is every request so far; `state.answer` may be replaced on the way. */
  const service = async (answer: Answer, options: Partial<ServiceClientsOptions> = {}) => {
    const asked: IncomingMessage[] = [];
    const state = { answer };
    const server = createServer((req, res) => {
      asked.push(req);
      req.resume();
      state.answer(req, res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    whenDone(async () => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { ...clientsOf(url, options), asked, state };
  };

  return { clientsOf, service };
}
