import type { Identity } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { createHealth, createLifecycle, createMetrics, silentLogger } from '@cloudphone/runtime';
import type { Authenticate } from '../identity/authenticate.ts';
import { createHttpServer } from '../server/create-http-server.ts';
import type { HttpServerOptions } from '../server/http-server.ts';

export const ADA: Identity = {
  userId: '0198a1b2-0000-7000-8000-000000000001',
  tenantId: 'acme',
  sessionId: '0198a1b2-0000-7000-8000-000000000002',
  roles: ['support'],
  permissions: ['devices:read'],
  permissionVersion: 1,
};

/** `Bearer ada` is Ada; any other bearer is refused. */
export const knowsAda: Authenticate = async ({ headers }) => {
  if (headers.authorization === undefined) return undefined;
  if (headers.authorization === 'Bearer ada') return ADA;
  throw appError('token_expired');
};

/** A server with what every process has, and the given table. */
export function buildServer(options: Partial<HttpServerOptions> = {}) {
  const lifecycle = createLifecycle(silentLogger);
  const server = createHttpServer({
    name: 'test',
    version: '1.2.3',
    routes: [],
    health: createHealth(),
    metrics: createMetrics(),
    logger: silentLogger,
    lifecycle,
    ...(options.internalSecret === undefined ? { authenticate: knowsAda } : {}),
    ...options,
  });
  return { ...server, lifecycle };
}
