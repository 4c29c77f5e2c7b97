import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below those that Linux gives to whoever asks for any port, or connects (32,768 and above), and above
 * the ranges that whole platforms take (find-ports.ts).
 */
const LOWEST = 20_000;
const HIGHEST = 32_767;

/**
 * A loopback port that nobody listened on a moment ago. The system hands out none of these, so it is
 * also there again for a server that is restarted; only who draws the same one may be quicker.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
}

/** Whether nobody listens on a loopback port. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Holds a loopback port, for as long as this process lives or until closed; undefined: it is taken. */
export function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Runs `start` on the port told, or on free ones, trying anew when another process was quicker. */
export async function onFreePort<T>(
  told: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<T> {
  if (told !== undefined) return start(told);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}
