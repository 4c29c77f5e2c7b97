import { connect } from 'node:net';

/**
 * Whether the Redis of that process serves commands on that loopback port. One that still loads its
 * file does not; another process's that was quicker to take the port is not meant.
 */
export function answersPing(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let replies = '';
    const end = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('end', () => end(false));
    socket.once('connect', () => socket.write('PING\r\nINFO server\r\n'));
    socket.on('data', (part) => {
      replies += part.toString();
      const found = /process_id:(\d+)\r/.exec(replies);
      if (found !== null) end(replies.startsWith('+PONG') && Number(found[1]) === pid);
    });
  });
}
