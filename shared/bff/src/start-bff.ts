import { HEADERS } from '@cloudphone/contracts';
import type { Tail } from '@cloudphone/event-log';
import { createHttpServer, createIdempotencyStore, createRateLimiter } from '@cloudphone/http';
import { giveTimeToConnect, requireNoEviction } from '@cloudphone/redis';
import {
  createHealth,
  createLogger,
  createMetrics,
  type Lifecycle,
  pause,
  runProcess,
  systemClock,
} from '@cloudphone/runtime';
import { createServiceClients } from '@cloudphone/service-clients';
import { createViewCache } from '@cloudphone/view-cache';
import { accessFollowsLog } from './access-follows-log.ts';
import { createAfterWrite } from './after-write.ts';
import { authRoutes } from './auth-routes.ts';
import type { BffConfig } from './bff-config.ts';
import type { BffDefinition, BffTools } from './bff-definition.ts';
import { cacheFollowsLog } from './cache-follows-log.ts';
import { connectEngines, type Engines } from './connect-engines.ts';
import { createFastPath } from './fast-path.ts';
import { followLog } from './follow-log.ts';
import { frontDoorRoute } from './front-door-route.ts';
import { learnRevocations } from './learn-revocations.ts';
import { createLogIns } from './log-ins.ts';
import { openSockets } from './open-sockets.ts';
import { createPublishInvalidation } from './publish-invalidation.ts';
import { watchServices } from './service-health.ts';
import { socketsFollowLog } from './sockets-follow-log.ts';
import { serveView } from './view-route.ts';

const VERSION = '0.1.0';
const MINUTE_MS = 60_000;
/** One hit in so many is compared with the services, behind the reader's back. */
const VALIDATE_ONE_IN = 2_000;
/** How long a start waits for the log; without it a BFF serves from the services alone. */
const LOG_WAIT_MS = 2_000;

/** Runs a BFF as a process of its own until it is told to stop. */
export function runBff(definition: BffDefinition, config: BffConfig): void {
  const logger = createLogger({ name: config.process, level: config.logLevel });
  runProcess(logger, async (lifecycle) => {
    await startBff(definition, config, lifecycle);
  });
}

/**
 * Constructs and connects: engines, services, the cache and everything that follows the log, then
 * routes and sockets. Resolves with its URL when it listens. Neither Redis nor a service has to be
 * there: what needs them says that it is not available until they are.
 */
export async function startBff(
  definition: BffDefinition,
  config: BffConfig,
  lifecycle: Lifecycle,
): Promise<{ readonly url: string }> {
  const { audience } = definition;
  const { process, internalSecret, publicOrigin, serviceUrls: urls, limits } = config;
  const logger = createLogger({ name: process, level: config.logLevel });
  const metrics = createMetrics({ process, withProcessMetrics: true });
  const health = createHealth();
  const engines = connectEngines(config, logger, lifecycle);
  health.addPart('redis', {
    isRequired: false,
    check: () => ({ status: engines.log.isReady && engines.cache.isReady ? 'ok' : 'down' }),
  });
  watchServices(health, urls);

  const services = createServiceClients({ urls, internalSecret, logger, metrics });
  lifecycle.onClose('service clients', () => services.close());
  const logIns = createLogIns({ services, redis: engines.cache, publicOrigin, audience });

  const log = followLog({ engines, logger, metrics });
  const { tail } = log;
  const invalidate = createPublishInvalidation(engines.store, definition.name);
  const cache = createViewCache({
    feed: tail,
    redis: engines.cache,
    logRedis: engines.log,
    sources: services,
    namespace: audience,
    logger,
    metrics,
    views: definition.views.map(({ view }) => view),
    publishInvalidation: invalidate,
    validateOneIn: VALIDATE_ONE_IN,
  });
  lifecycle.onClose('view cache', () => cache.close());
  lifecycle.onClose('tail', () => tail.close());

  const afterWrite = createAfterWrite(tail);
  const rotateEpoch = () => engines.store.rotateEpoch();
  const tools: BffTools = { services, afterWrite, cache, log: { invalidate, rotateEpoch }, logger };
  const limiter = createRateLimiter({
    redis: engines.cache,
    perPerson: { limit: limits.perPersonPerMinute, windowMs: MINUTE_MS },
    perAddress: { limit: limits.perAddressPerMinute, windowMs: MINUTE_MS },
    logger,
  });
  const fastPath = createFastPath({
    routes: definition.views,
    cache,
    audience,
    peekIdentity: logIns.peekIdentity,
    limiter,
  });
  const http = createHttpServer({
    name: definition.name,
    version: VERSION,
    routes: [
      frontDoorRoute(),
      ...authRoutes({ services, logIns, mayLogIn: definition.mayLogIn }),
      ...definition.views.map((route) => serveView(route, { cache, tail, audience })),
      ...definition.actions.map((action) => action(tools)),
    ],
    proxies: {
      routes: definition.proxies,
      targets: urls,
      headersForWrite: async (eventIds) => {
        const token = await afterWrite.tokenOf(eventIds);
        return token === undefined ? {} : { [HEADERS.consistencyToken]: token };
      },
    },
    authenticate: logIns.authenticate,
    internalSecret,
    health,
    metrics,
    logger,
    lifecycle,
    limiter,
    idempotency: createIdempotencyStore({ redis: engines.cache, namespace: audience }),
    publicOrigin,
    // The sticky proxy in front of replicas runs on the same machine.
    trustedProxies: 'loopback',
    intercept: (req, res) => fastPath(req, res, http.securityHeaders),
  });
  lifecycle.onClose('http', () => http.close());
  const realtime = openSockets({
    definition,
    config,
    tools,
    logIns,
    engines,
    server: http.server,
    logger,
    metrics,
    lifecycle,
  });

  // In this order: views are dropped, log-ins end, and only then is anybody told.
  log.add(cacheFollowsLog(cache));
  log.add(accessFollowsLog({ tokens: logIns.tokens, sessions: logIns.sessions, realtime }));
  log.add(socketsFollowLog(realtime));
  await whileLogConnects(engines, tail);
  await requireNoEviction(engines.log, { holds: 'the log of events' });
  const revocations = learnRevocations({ ...logIns, services, logger, lifecycle });
  await Promise.race([revocations, pause(systemClock, LOG_WAIT_MS)]);
  for (const job of definition.jobs ?? []) {
    job({ ...tools, realtime, redis: engines.cache, lifecycle });
  }
  const port = await http.listen(config.port, config.host);
  cache.warm().catch((err: unknown) => logger.info({ err }, 'views are not warm yet'));
  return { url: `http://${config.host}:${port}` };
}

/** A BFF that listens has seen the log, or has waited long enough for it. */
async function whileLogConnects(engines: Engines, tail: Tail): Promise<void> {
  await giveTimeToConnect([engines.log, engines.cache], LOG_WAIT_MS);
  await Promise.race([tail.start(), pause(systemClock, LOG_WAIT_MS)]);
}
