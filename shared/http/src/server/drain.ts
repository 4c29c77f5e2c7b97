import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@cloudphone/runtime';

export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops accepting, lets what is under way finish for at most `drainMs`, then cuts it off. */
export function drain(
  server: Server,
  options: { readonly drainMs: number; readonly clock: Clock },
): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = options.clock.after(options.drainMs, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
    // A connection whose last answer is still under way goes idle after it.
    server.keepAliveTimeout = 1;
  });
}
