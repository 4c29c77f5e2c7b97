import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below those that Linux gives to whoever asks for any port, or connects (32,768 and above). */
const LOWEST = 10_000;
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

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
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
