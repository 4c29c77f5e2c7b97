import { createServer } from 'node:net';

/** A loopback port that nobody listened on a moment ago; somebody else may still take it first. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
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
