import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';
import type { RequestHandler } from 'express';
import type { Intercept } from './http-server.ts';
import { createHitTally } from './tally-hits.ts';

/** Counts and times requests, whoever serves them. */
export interface RequestWatch {
  readonly express: RequestHandler;
  /** True when it served: an answer to a GET, over when it returns. */
  intercept(serve: Intercept): (req: IncomingMessage, res: ServerResponse) => boolean;
}

/** Counts and times every request by its route's pattern, never by its address. */
export function watchRequests({
  metrics,
  clock,
}: {
  readonly metrics: Metrics;
  readonly clock: Clock;
}): RequestWatch {
  const observe = metrics.histogram({
    name: 'cloudphone_http_request_seconds',
    help: 'Time from a request to the end of its answer.',
    labels: ['method', 'route', 'status'],
    buckets: SECONDS_BUCKETS,
  });
  const setUnderWay = metrics.gauge({
    name: 'cloudphone_http_requests_under_way',
    help: 'Requests that have not been answered yet.',
  });
  let underWay = 0;
  const tallyHit = createHitTally({ observe, clock });
  return {
    express: (req, res, next) => {
      const startedAtMs = clock.monotonicMs();
      setUnderWay(++underWay);
      res.once('close', () => {
        setUnderWay(--underWay);
        const route = (req.route as { path?: unknown } | undefined)?.path;
        observe((clock.monotonicMs() - startedAtMs) / 1_000, {
          method: req.method,
          route: typeof route === 'string' ? route : 'none',
          status: res.statusCode,
        });
      });
      next();
    },
    intercept: (serve) => (req, res) => {
      const startedAtMs = clock.monotonicMs();
      const route = serve(req, res);
      if (route === undefined) return false;
      tallyHit(route, res.statusCode, clock.monotonicMs() - startedAtMs);
      return true;
    },
  };
}
