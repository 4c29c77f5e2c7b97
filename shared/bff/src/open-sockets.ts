import type { IncomingMessage, Server } from 'node:http';
import { appError } from '@cloudphone/errors';
import { createRealtime, type HandshakeCredentials, type Realtime } from '@cloudphone/realtime';
import type { Lifecycle, Logger, Metrics } from '@cloudphone/runtime';
import { answerAboutInbox } from './answer-about-inbox.ts';
import type { BffConfig } from './bff-config.ts';
import type { BffDefinition, BffTools } from './bff-definition.ts';
import type { Engines } from './connect-engines.ts';
import type { LogIns } from './log-ins.ts';

/** One control channel for both BFFs: who is suspended loses sockets at either. */
const ADAPTER_KEY = 'cloudphone-sockets';

/** Sockets on a BFF's HTTP server, for the same people as its routes. */
export function openSockets(options: {
  readonly definition: BffDefinition;
  readonly config: BffConfig;
  readonly tools: BffTools;
  readonly logIns: LogIns;
  readonly engines: Engines;
  readonly server: Server;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
}): Realtime {
  const { definition, config, tools, logIns, engines, server, logger, metrics, lifecycle } =
    options;
  const { sockets, mayLogIn } = definition;
  const realtime = createRealtime({
    server,
    authenticate: async (credentials) => {
      const { identity, expiresAtMs } = await identify(credentials, logIns);
      if (!mayLogIn(identity)) throw appError('forbidden');
      const { userId, sessionId, tenantId, permissions } = identity;
      return { userId, sessionId, tenantId, permissions, expiresAtMs };
    },
    channelsOf: sockets.channelsOf,
    maySubscribe: (identity, channel) => sockets.maySubscribe(identity, channel, tools),
    answers: answerAboutInbox(tools),
    redis: engines.sockets,
    adapterKey: ADAPTER_KEY,
    logger,
    metrics,
    publicOrigin: config.publicOrigin,
  });
  lifecycle.onClose('sockets', () => realtime.close());
  return realtime;
}

async function identify({ token, cookie }: HandshakeCredentials, logIns: LogIns) {
  if (token !== undefined) {
    const identity = await logIns.tokens.verify(token);
    return { identity, expiresAtMs: expiryOf(token) };
  }
  const headers: IncomingMessage['headers'] = cookie === undefined ? {} : { cookie };
  const identity = await logIns.authenticate({ headers, method: 'GET' } as IncomingMessage);
  if (identity === undefined) throw appError('not_authenticated');
  return { identity, expiresAtMs: Date.now() + logIns.sessions.ttlMs };
}

/** When a token that has been verified ends. */
function expiryOf(token: string): number {
  const [, payload = ''] = token.split('.');
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
  return exp * 1_000;
}
