import { appError } from '@cloudphone/errors';
import type { Clock, Logger } from '@cloudphone/runtime';
import { credentialsOf, logIn, refusalOf } from './handshake.ts';
import type { RealtimeOptions } from './realtime.ts';
import type { RecentClosures } from './recent-closures.ts';
import { roomsOf, type ServedSocket, serveSocket } from './serve-socket.ts';
import type { SocketIdentity } from './socket-identity.ts';
import type { SocketMetrics } from './socket-metrics.ts';
import type { ServerSocket, SocketServer } from './socket-server.ts';

export interface AdmissionOptions
  extends Pick<
    RealtimeOptions,
    'authenticate' | 'channelsOf' | 'maySubscribe' | 'answers' | 'publicOrigin'
  > {
  readonly io: SocketServer;
  readonly served: Map<string, ServedSocket>;
  readonly closures: RecentClosures;
  readonly onJoined: (channel: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SocketMetrics;
}

/** Logs sockets in, serves those that may come in, and keeps `served` by socket id. */
export function admitSockets(options: AdmissionOptions): void {
  const { io, served, closures, clock, logger, metrics } = options;
  const loggedIn = new WeakMap<ServerSocket, { identity: SocketIdentity; mark: number }>();
  const connectionsSeen = new WeakSet<object>();
  const logInWith = (credentials: ReturnType<typeof credentialsOf>) =>
    logIn(credentials, { authenticate: options.authenticate, nowMs: clock.now });

  const admit = async (socket: ServerSocket): Promise<void> => {
    // One connection logs in once, or one client could have thousands of log-ins checked at a time.
    if (connectionsSeen.has(socket.conn)) throw appError('rate_limited');
    connectionsSeen.add(socket.conn);
    const mark = closures.mark();
    const identity = await logInWith(credentialsOf(socket.handshake, options.publicOrigin));
    loggedIn.set(socket, { identity, mark });
  };

  io.use((socket, next) => {
    admit(socket).then(
      () => next(),
      (thrown: unknown) => {
        const refusal = refusalOf(thrown, logger);
        metrics.refusedHandshake({ code: refusal.data.code });
        next(refusal);
      },
    );
  });

  io.on('connection', (socket) => {
    const login = loggedIn.get(socket);
    if (login === undefined) return void socket.disconnect(true);
    const { identity, mark } = login;
    const credentials = credentialsOf(socket.handshake, options.publicOrigin);
    const one = serveSocket({
      ...options,
      socket,
      identity,
      logInAgain: (token) => logInWith(token === undefined ? credentials : { token }),
    });
    served.set(socket.id, one);
    metrics.setConnections(served.size);
    socket.on('disconnect', () => {
      served.delete(socket.id);
      metrics.setConnections(served.size);
    });
    if (closures.happenedSince(mark, roomsOf(identity))) one.close('session_revoked');
  });
}
