import { createServer, type Server, type ServerResponse } from 'node:http';
import { systemClock } from '@cloudphone/runtime';
import express from 'express';
import { authenticateInternal, signerFor } from '../identity/internal-identity.ts';
import { serveDocs } from '../openapi/serve-docs.ts';
import { createProxies } from '../proxy/create-proxies.ts';
import { openRequest } from '../request/open-request.ts';
import { createAnswerAtOnce } from './answer-at-once.ts';
import { answerUnreadable } from './answer-unreadable.ts';
import { drain, listen } from './drain.ts';
import type { HttpServer, HttpServerOptions } from './http-server.ts';
import { runRoute } from './run-route.ts';
import { dataHeaders, pageHeaders } from './security-headers.ts';
import { answerFailures, refuseTheRest } from './serve-failures.ts';
import { serveMounts } from './serve-mounts.ts';
import { STANDING, serveStanding } from './serve-standing.ts';
import { serveTable, type TableEntry } from './serve-table.ts';
import { serveWebApp } from './serve-web-app.ts';
import { type RequestWatch, watchRequests } from './watch-requests.ts';

const MAX_DEADLINE_MS = 15_000;
const DRAIN_MS = 5_000;

/**
 * A process's HTTP face: its routes, proxies and mounts, `/healthz`, `/readyz`, `/metrics`,
 * `/openapi.json` and `/docs`. Every failure is a problem document (RFC 9457); every request has a
 * trace, a deadline and a request context. Throws at once when two entries answer the same address.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { clock = systemClock, drainMs = DRAIN_MS } = options;
  const isHttps = options.publicOrigin?.startsWith('https:') ?? false;
  const headers = dataHeaders({ isHttps });
  const watch = watchRequests({ metrics: options.metrics, clock });
  const app = buildApp(options, { data: headers, page: pageHeaders({ isHttps }), watch });
  const answer = createAnswerAtOnce(() => server);
  const intercept =
    options.intercept && watch.intercept(options.intercept({ securityHeaders: headers, answer }));
  const server: Server = createServer((req, res) => {
    if (intercept?.(req, res)) return;
    app(req, res);
  });
  answerUnreadable(server);
  server.requestTimeout = 60_000;
  server.headersTimeout = 10_000;
  let closing: Promise<void> | undefined;
  return {
    app,
    server,
    listen: (port, host) => listen(server, port, host),
    close: () => {
      closing ??= drain(server, { drainMs, clock });
      return closing;
    },
  };
}

type Headers = Readonly<Record<string, string>>;

function buildApp(
  options: HttpServerOptions,
  given: { readonly data: Headers; readonly page: Headers; readonly watch: RequestWatch },
) {
  const { clock = systemClock, maxDeadlineMs = MAX_DEADLINE_MS, logger, lifecycle } = options;
  const doorkeeper = { authenticate: authenticateBy(options), limiter: options.limiter };
  const internalIdentityOf = signerFor({ ...options, clock });
  const runner = { doorkeeper, idempotency: options.idempotency, logger, internalIdentityOf };

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', options.trustedProxies ?? false);
  app.use(given.watch.express);
  app.use((req, res, next) => {
    setHeaders(res, given.data);
    if (lifecycle.isStopping) res.setHeader('connection', 'close');
    openRequest(req, res, { clock, maxDeadlineMs });
    next();
  });
  const pages = ['/docs', ...(options.mounts ?? []).map(({ path }) => path)];
  if (options.webApp !== undefined) pages.push(options.webApp.path);
  app.use(pages, (_req, res, next) => {
    setHeaders(res, given.page);
    next();
  });
  serveStanding(app, options);
  serveDocs(app, options);
  serveMounts(app, options.mounts ?? [], doorkeeper);
  const table: TableEntry[] = [
    ...options.routes.map((route) => ({
      method: route.method,
      path: route.path,
      run: (exchange: Parameters<TableEntry['run']>[0]) => runRoute(route, runner, exchange),
    })),
    ...createProxies(options.proxies, { doorkeeper, internalIdentityOf, clock }),
  ];
  serveTable(app, table);
  if (options.webApp !== undefined) serveWebApp(app, options.webApp);
  refuseTheRest(app, [...STANDING, ...table]);
  answerFailures(app, logger);
  return app;
}

function setHeaders(res: ServerResponse, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

function authenticateBy({ authenticate, internalSecret, clock = systemClock }: HttpServerOptions) {
  if (authenticate !== undefined) return authenticate;
  if (internalSecret === undefined) return async () => undefined;
  return authenticateInternal({ secret: internalSecret, clock });
}
