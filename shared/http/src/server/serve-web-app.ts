import { join } from 'node:path';
import express, { type Express } from 'express';
import type { WebApp } from './http-server.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * The built app: files with a hash in their name (`assets/`) are kept for good, the index never;
 * every other address under the path is the app's own and gets the index. `/` leads there.
 */
export function serveWebApp(app: Express, { path, folder }: WebApp): void {
  const index = join(folder, 'index.html');
  app.get('/', (_req, res) => res.redirect(302, `${path}/`));
  app.use(
    `${path}/assets`,
    express.static(join(folder, 'assets'), { immutable: true, maxAge: YEAR_MS, index: false }),
  );
  app.use(path, express.static(folder, { maxAge: 0, index: false, redirect: false }));
  app.get([path, `${path}/*address`], (req, res, next) => {
    const isFile = req.path.startsWith(`${path}/assets/`);
    if (isFile) return next();
    res.setHeader('cache-control', 'no-cache');
    res.sendFile(index);
  });
}
