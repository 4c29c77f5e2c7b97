import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { IdempotencyStore } from '@cloudphone/redis';
import type { Clock, Health, Lifecycle, Logger, Metrics } from '@cloudphone/runtime';
import type { Express, RequestHandler } from 'express';
import type { Authenticate } from '../identity/authenticate.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';
import type { ProxyTable } from '../proxy/proxy-route.ts';
import type { Access } from '../routes/access.ts';
import type { Route } from '../routes/route.ts';
import type { AnswerAtOnce } from './answer-at-once.ts';

/** A built web application served under a path, with its index for every address inside. */
export interface WebApp {
  /** `/console` */
  readonly path: string;
  readonly folder: string;
}

/** A ready-made Express application of others (Bull Board) under a path, with its access. */
export interface Mount {
  readonly path: string;
  readonly access: Access;
  readonly router: RequestHandler;
}

export type Intercept = (req: IncomingMessage, res: ServerResponse) => string | undefined;

export interface HttpServerOptions {
  readonly name: string;
  readonly version: string;
  readonly routes: readonly Route[];
  readonly proxies?: ProxyTable;
  readonly mounts?: readonly Mount[];
  readonly webApp?: WebApp;
  /**
   * How a BFF knows people. Absent: a service, which knows its callers by the signed internal
   * header only, and needs `internalSecret`.
   */
  readonly authenticate?: Authenticate;
  /** Signs (BFF) or verifies (service) the internal identity. */
  readonly internalSecret?: string;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly limiter?: RateLimiter;
  readonly idempotency?: IdempotencyStore;
  /** `https://phones.example`: what browsers call this server. */
  readonly publicOrigin?: string;
  /** Proxies whose X-Forwarded-For is believed, in Express's words (`loopback`); none unless told. */
  readonly trustedProxies?: string;
  /**
   * Makes what runs ahead of Express: it serves and returns the pattern of the path, or returns
   * undefined before touching either. It is given the headers of every answer that is no page.
   */
  readonly intercept?: (given: {
    readonly securityHeaders: Readonly<Record<string, string>>;
    readonly answer: AnswerAtOnce;
  }) => Intercept;
  /** Longest a request may take and what it gets when it does not say; 15 s unless told. */
  readonly maxDeadlineMs?: number;
  /** How long `close` waits for requests under way; 5 s unless told. */
  readonly drainMs?: number;
  readonly clock?: Clock;
}

export interface HttpServer {
  readonly app: Express;
  readonly server: Server;
  /** Resolves to the port (0 asks for any). */
  listen(port: number, host: string): Promise<number>;
  /** Accepts nothing new, answers what is under way, then cuts off what takes over `drainMs`. */
  close(): Promise<void>;
}
