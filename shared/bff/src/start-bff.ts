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
import { eventDocumentsRoute } from './event-documents-route.ts';
import { createEventFlow } from './event-flow.ts';
import { createFastPath } from './fast-path.ts';
import { followLog } from './follow-log.ts';
import { frontDoorRoute } from './front-door-route.ts';
import { learnRevocations } from './learn-revocations.ts';
import { createLogIns } from './log-ins.ts';
import { createLogOperations } from './log-operations.ts';
import { createActivityNotes } from './note-activity.ts';
import { openMounts } from './open-mounts.ts';
import { openSockets } from './open-sockets.ts';
import { ownAccountRoutes } from './own-account-routes.ts';
import { createPublishInvalidation } from './publish-invalidation.ts';
import { watchServices } from './service-health.ts';
import { socketsFollowLog } from './sockets-follow-log.ts';
import { serveView } from './view-route.ts';
import { warmActivePeople } from './warm-active-people.ts';

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
    check: () => ({
      status: [engines.log, engines.main, engines.cache].every(({ isReady }) => isReady)
        ? 'ok'
        : 'down',
    }),
  });
  watchServices(health, urls);

  const services = createServiceClients({ urls, internalSecret, logger, metrics });
  lifecycle.onClose('service clients', () => services.close());
  const logIns = createLogIns({ services, redis: engines.main, publicOrigin, audience });

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
  const flow = createEventFlow({ metrics });
  const operateLog = { ...createLogOperations(engines.store), invalidate, flow: flow.snapshot };
  const tools: BffTools = { services, afterWrite, cache, log: operateLog, logger };
  const limiter = createRateLimiter({
    redis: engines.main,
    perPerson: { limit: limits.perPersonPerMinute, windowMs: MINUTE_MS },
    perAddress: { limit: limits.perAddressPerMinute, windowMs: MINUTE_MS },
    logger,
  });
  const http = createHttpServer({
    name: definition.name,
    version: VERSION,
    routes: [
      frontDoorRoute(),
      eventDocumentsRoute(VERSION),
      ...authRoutes({ services, logIns, mayLogIn: definition.mayLogIn }),
      ...ownAccountRoutes({ services, afterWrite }),
      ...definition.views.map((route) => serveView(route, { cache, tail, audience })),
      ...definition.actions.map((action) => action(tools)),
    ],
    mounts: openMounts(definition, config, { logger, lifecycle }),
    proxies: {
      routes: definition.proxies,
      targets: urls,
      headersForWrite: async (eventIds) => {
        const token = await afterWrite.tokenOf(eventIds);
        return token === undefined ? {} : { [HEADERS.consistencyToken]: token };
      },
    },
    authenticate: createActivityNotes({ services, logger, lifecycle }).watch(logIns.authenticate),
    internalSecret,
    health,
    metrics,
    logger,
    lifecycle,
    limiter,
    idempotency: createIdempotencyStore({ redis: engines.main, namespace: audience }),
    publicOrigin,
    // The sticky proxy in front of replicas runs on the same machine.
    trustedProxies: 'loopback',
    intercept: ({ securityHeaders, answer }) =>
      createFastPath({
        routes: definition.views,
        cache,
        audience,
        peekIdentity: logIns.peekIdentity,
        limiter,
        securityHeaders,
        answer,
      }),
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
  log.add(flow.arriving);
  log.add(cacheFollowsLog(cache));
  log.add(accessFollowsLog({ tokens: logIns.tokens, sessions: logIns.sessions, realtime }));
  log.add(socketsFollowLog(realtime));
  log.add(flow.told);
  await whileLogConnects(engines, tail);
  await requireNoEviction(engines.log, { holds: 'the log of events' });
  await requireNoEviction(engines.main, {
    holds: 'sessions, limits and answers to repeated writes',
  });
  const revocations = learnRevocations({ ...logIns, services, logger, lifecycle });
  await Promise.race([revocations, pause(systemClock, LOG_WAIT_MS)]);
  for (const job of definition.jobs ?? []) {
    job({ ...tools, realtime, redis: engines.main, lifecycle });
  }
  const port = await http.listen(config.port, config.host);
  cache.warm().catch((err: unknown) => logger.info({ err }, 'views are not warm yet'));
  const firstScreens = definition.firstScreens ?? [];
  warmActivePeople({ views: firstScreens, audience, services, cache, logger, lifecycle });
  return { url: `http://${config.host}:${port}` };
}

/** A BFF that listens has seen the log, or has waited long enough for it. */
async function whileLogConnects(engines: Engines, tail: Tail): Promise<void> {
  await giveTimeToConnect([engines.log, engines.main, engines.cache], LOG_WAIT_MS);
  await Promise.race([tail.start(), pause(systemClock, LOG_WAIT_MS)]);
}
