import { join } from 'node:path';

/** What every system takes as the path of a socket, in bytes; Linux takes 107. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Where a server listens on a Unix socket: its own folder, which is closed to everybody else.
 * Undefined when the path of a socket there would be too long, or a list of folders could not name it.
 */
export function socketFolderOf(cluster: string): string | undefined {
  const longest = join(cluster, '.s.PGSQL.65535');
  const isUsable = Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES && !/[,"]/.test(cluster);
  return isUsable ? cluster : undefined;
}

/** As pg and libpq take it. Through the socket a round trip costs either side less than over TCP. */
export function postgresUrl(address: {
  readonly port: number;
  readonly database: string;
  readonly socketFolder: string | undefined;
}): string {
  const { port, database, socketFolder } = address;
  const url = `postgres://postgres@127.0.0.1:${port}/${database}`;
  return socketFolder === undefined ? url : `${url}?host=${encodeURIComponent(socketFolder)}`;
}
