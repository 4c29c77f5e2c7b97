import type { ClientRequest } from 'node:http';
import { type AppError, appError, upstreamTimeout, upstreamUnavailable } from '@cloudphone/errors';
import type { Clock } from '@cloudphone/runtime';
import type { Exchange } from '../server/serve-table.ts';
import type { ProxyRoute } from './proxy-route.ts';

/** One request on its way through: settles once, when its answer is complete or has failed. */
export interface Passage {
  readonly route: ProxyRoute;
  readonly exchange: Exchange;
  readonly done: Promise<void>;
  finish(): void;
  /** Breaks the request to the service off, too. */
  fail(err: unknown): void;
  /** Told when the request to the service exists. */
  sent(upstream: ClientRequest): void;
}

export function openPassage(route: ProxyRoute, exchange: Exchange, clock: Clock): Passage {
  const { open } = exchange;
  let upstream: ClientRequest | undefined;
  let isOver = false;
  let settle: { resolve: () => void; reject: (err: unknown) => void } | undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    cancel();
    open.signal.removeEventListener('abort', giveUp);
    return true;
  };
  const fail = (err: unknown) => {
    if (!end()) return;
    settle?.reject(err);
    upstream?.destroy();
  };
  const giveUp = () => fail(open.signal.reason);
  const cancel = clock.after(route.timeoutMs, () =>
    fail(upstreamTimeout(route.service, route.timeoutMs)),
  );
  open.signal.addEventListener('abort', giveUp, { once: true });
  return {
    route,
    exchange,
    done,
    fail,
    finish: () => {
      if (end()) settle?.resolve();
    },
    sent: (request) => {
      upstream = request;
      if (isOver) request.destroy();
    },
  };
}

/** What the failure of a connection to a service means to the caller. */
export function passageFailure(route: ProxyRoute, cause: Error): AppError {
  return upstreamUnavailable(route.service, `${route.method} ${route.servicePath}`, { cause });
}

/** Ends the passage as soon as more bytes have come than the route takes. */
export function limitBody({ route, exchange, fail }: Passage): void {
  let size = 0;
  exchange.req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > route.bodyLimitBytes) fail(bodyTooLarge(route));
  });
}

export function bodyTooLarge({ bodyLimitBytes }: ProxyRoute): AppError {
  return appError('body_too_large', { detail: `At most ${bodyLimitBytes} bytes are accepted.` });
}
