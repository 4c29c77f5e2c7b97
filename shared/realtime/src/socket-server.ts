import type { Server as HttpServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { type DefaultEventsMap, Server } from 'socket.io';
import type { createPublishingLink, createSubscribingLink } from './adapter-links.ts';

/** What nodes tell each other through the adapter. */
export interface NodeEvents {
  close_sockets: (room: unknown, reason: unknown) => void;
}

export type SocketServer = Server<DefaultEventsMap, DefaultEventsMap, NodeEvents>;
export type ServerSocket = Parameters<Parameters<SocketServer['use']>[0]>[0];

/** A client sends subscriptions and acknowledgements, never content. */
const MAX_MESSAGE_BYTES = 32 * 1024;

/** A connection that has not logged in by then is closed. */
const LOGIN_TIMEOUT_MS = 10_000;

interface SocketServerOptions {
  readonly server: HttpServer;
  readonly path: string;
  readonly adapterKey: string;
  readonly publisher: ReturnType<typeof createPublishingLink>;
  readonly subscriber: ReturnType<typeof createSubscribingLink>;
  /** Asked at the transport's handshake: a refusal here makes plain clients try again by themselves. */
  readonly isAdmitting: () => boolean;
}

export function openSocketServer(options: SocketServerOptions): SocketServer {
  const server: SocketServer = new Server(options.server, {
    path: options.path,
    serveClient: false,
    transports: ['websocket', 'polling'],
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: LOGIN_TIMEOUT_MS,
    allowRequest: (_request, decide) =>
      options.isAdmitting() ? decide(null, true) : decide('shutting_down', false),
    adapter: createAdapter(options.publisher, options.subscriber, {
      key: options.adapterKey,
      // Otherwise every node parses every answer that any node asked for.
      publishOnSpecificResponseChannel: true,
    }),
    // No connectionStateRecovery: the adapter cannot do it, and resuming is the log's matter.
  });
  return server;
}
