import { Agent, type IncomingMessage } from 'node:http';
import { type DomainServiceName, HEADERS, type Identity } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import type { Clock } from '@cloudphone/runtime';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { presentedToken } from '../request/presented-token.ts';
import { checkIsJson, checkIsMedia, hasBody, parseJson, readBytes } from '../request/read-body.ts';
import { validate } from '../request/validate.ts';
import { admit, type Doorkeeper } from '../server/admit.ts';
import type { Exchange, TableEntry } from '../server/serve-table.ts';
import { bodyTooLarge, limitBody, openPassage, type Passage, passageFailure } from './passage.ts';
import type { ProxyRoute, ProxyTable } from './proxy-route.ts';
import { relayAnswer } from './relay-answer.ts';
import { headersToService } from './scrub-headers.ts';
import { serviceAddress } from './service-address.ts';

interface ProxyTools {
  readonly doorkeeper: Doorkeeper;
  readonly internalIdentityOf: (
    req: IncomingMessage,
    identity: Identity | undefined,
  ) => string | undefined;
  readonly clock: Clock;
}

/**
 * What needs no composition goes to its service as it comes: bodies stream both ways, headers by
 * allow-lists, with identity, trace and the rest of the deadline added. A service that cannot be
 * reached is upstream_unavailable. Only what the table names is reachable.
 */
export function createProxies(table: ProxyTable | undefined, tools: ProxyTools): TableEntry[] {
  if (table === undefined) return [];
  const passages = new WeakMap<IncomingMessage, Passage>();
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const services = Object.keys(table.targets) as DomainServiceName[];
  const proxies = new Map(
    services.map((service) => [service, proxyTo(table, { service, passages, agent })]),
  );
  return table.routes.map((route) => ({
    method: route.method,
    path: route.path,
    run: async (exchange) => {
      await addressToService(route, exchange, { table, tools });
      // Nobody waits any more: since its limits were asked, or its body was read.
      exchange.open.signal.throwIfAborted();
      const passage = openPassage(route, exchange, tools.clock);
      passages.set(exchange.req, passage);
      await proxies.get(route.service)?.(exchange.req, exchange.res, passage.fail);
      await passage.done;
    },
  }));
}

function proxyTo(
  table: ProxyTable,
  { service, passages, agent }: ProxyParts & { readonly service: DomainServiceName },
) {
  const passageOf = (req: IncomingMessage) => passages.get(req);
  return createProxyMiddleware<IncomingMessage>({
    target: table.targets[service],
    changeOrigin: true,
    agent,
    selfHandleResponse: true,
    // The usual plugins answer errors with texts of their own.
    ejectPlugins: true,
    plugins: [
      (proxy) => {
        proxy.on('start', (req) => {
          const passage = passageOf(req);
          if (passage !== undefined) limitBody(passage);
        });
        proxy.on('proxyReq', (upstream, req) => passageOf(req)?.sent(upstream));
        proxy.on('proxyRes', (answer, req) => {
          const passage = passageOf(req);
          if (passage === undefined) return;
          relayAnswer(answer, passage, table).then(passage.finish, passage.fail);
        });
        const fail = (cause: Error, req: IncomingMessage) => {
          const passage = passageOf(req);
          passage?.fail(passageFailure(passage.route, cause));
        };
        proxy.on('error', fail);
        proxy.on('econnreset', fail);
      },
    ],
  });
}

interface ProxyParts {
  readonly passages: WeakMap<IncomingMessage, Passage>;
  readonly agent: Agent;
}

/** Turns the client's request into the one that the service gets, or refuses it. */
async function addressToService(
  route: ProxyRoute,
  { req, res, open }: Exchange,
  { table, tools }: { readonly table: ProxyTable; readonly tools: ProxyTools },
): Promise<void> {
  const { doorkeeper, internalIdentityOf, clock } = tools;
  const remoteAddress = req.ip ?? '';
  const identity = await admit(req, res, { access: route.access, remoteAddress, doorkeeper });
  await checkBody(route, req);
  open.allow(route.timeoutMs);
  // A service reads its own rows and has no need of it; what is malformed is refused all the same.
  presentedToken(req);
  const address = serviceAddress(route.servicePath, {
    params: req.params,
    me: identity?.userId,
    search: req.originalUrl.includes('?')
      ? req.originalUrl.slice(req.originalUrl.indexOf('?'))
      : '',
  });
  const signed =
    identity !== undefined && table.sign !== undefined
      ? table.sign(identity)
      : internalIdentityOf(req, identity);
  req.url = address;
  // Replaced before the proxy copies them: its own hook for headers is skipped for `Expect`.
  req.headers = headersToService(req.headers, {
    [HEADERS.traceparent]: open.traceparent,
    [HEADERS.requestDeadlineMs]: String(
      Math.max(1, Math.floor(open.deadlineAtMs - clock.monotonicMs())),
    ),
    ...(signed === undefined ? {} : { [HEADERS.internalIdentity]: signed }),
  });
}

/** Refuses a body as the routes of this process do: what goes on to the service goes as it comes. */
async function checkBody(route: ProxyRoute, req: IncomingMessage): Promise<void> {
  if (!hasBody(req)) return;
  if (route.method === 'GET') {
    throw appError('bad_request', { detail: 'A GET takes no body here.' });
  }
  if (Number(req.headers['content-length'] ?? 0) > route.bodyLimitBytes) throw bodyTooLarge(route);
  // From the service this refusal would read as our own mistake. What has no contract may be a file.
  if (route.call?.bodyMedia !== undefined) checkIsMedia(req, route.call.bodyMedia);
  else if (route.call !== undefined || route.method === 'DELETE') checkIsJson(req);
  if (route.method === 'DELETE') await takeBodyOfDelete(route, req);
}

/**
 * The proxy sends a DELETE of unknown length on as one without a body, and its body after it: what
 * would be another request's beginning. So it is read here, may only be empty, and stays here.
 */
async function takeBodyOfDelete(route: ProxyRoute, req: IncomingMessage): Promise<void> {
  const bytes = await readBytes(req, route.bodyLimitBytes);
  if (bytes.length > 0) {
    await validate([{ name: 'body', schema: undefined, value: parseJson(bytes) }]);
  }
  delete req.headers['content-length'];
  delete req.headers['content-type'];
}
