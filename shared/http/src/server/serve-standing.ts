import type { Express } from 'express';
import type { HttpServerOptions } from './http-server.ts';

/** Addresses that are here beside the table, and what they answer. */
export const STANDING = ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'].map(
  (path) => ({ method: 'GET', path }),
);

/** What every process answers for whoever runs it. */
export function serveStanding(
  app: Express,
  { name, version, health, metrics, lifecycle }: HttpServerOptions,
): void {
  app.get('/healthz', (_req, res) => {
    res.setHeader('cache-control', 'no-store').json({ status: 'ok', name, version });
  });
  app.get('/readyz', async (_req, res) => {
    const report = await health.report();
    const isReady = report.status !== 'down' && !lifecycle.isStopping;
    res
      .status(isReady ? 200 : 503)
      .setHeader('cache-control', 'no-store')
      .json({ ...report, isStopping: lifecycle.isStopping });
  });
  app.get('/metrics', async (_req, res) => {
    res.setHeader('content-type', metrics.contentType).send(await metrics.text());
  });
}
