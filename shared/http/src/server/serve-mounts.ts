import type { Express } from 'express';
import { admit, type Doorkeeper } from './admit.ts';
import type { Mount } from './http-server.ts';

/** Applications of others, behind the same door as our own routes. */
export function serveMounts(app: Express, mounts: readonly Mount[], doorkeeper: Doorkeeper): void {
  for (const { path, access, router } of mounts) {
    app.use(
      path,
      async (req, res, next) => {
        await admit(req, res, { access, remoteAddress: req.ip ?? '', doorkeeper });
        next();
      },
      router,
    );
  }
}
