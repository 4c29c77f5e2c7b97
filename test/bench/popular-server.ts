import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { openPopularCache } from './cache/popular-cache.ts';
import { answerParent } from './child-program.ts';

/** A view as its author would serve it with a popular framework and a popular cache. */
export interface PopularAnswer {
  readonly redisUrl: string;
  /** What its composition comes to. */
  readonly body: string;
  readonly tags: readonly string[];
  /** Who may ask for it; anybody when absent. */
  readonly authorization?: string;
}

const PERMISSION = 'device.read';
/** Not reached while it is measured. */
const LIMIT = 1_000_000_000;

answerParent(servePopular);

/**
 * Express 5 as it comes, in production mode, in front of bentocache as its documentation sets it up:
 * memory, Redis, a bus. Resolves with the view's address.
 */
async function servePopular(wanted: PopularAnswer): Promise<string> {
  const { redisUrl, body, tags, authorization } = wanted;
  const cache = openPopularCache(redisUrl);
  const compose = async () => JSON.parse(body) as object;
  const app = express();
  app.set('env', 'production');
  if (authorization !== undefined) app.use(checkCaller(authorization));
  app.get('/devices/:id/complete-info', async (req, res) => {
    const key = `device:${req.params.id}:complete-info`;
    res.json(await cache.getOrSet({ key, ttl: '1h', tags: [...tags], factory: compose }));
  });
  const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/devices/7/complete-info`;
}

/** As little as can tell who asks, whether they may, and how often they did. */
function checkCaller(authorization: string): RequestHandler {
  const people = new Map([[authorization, { id: '7', permissions: [PERMISSION] }]]);
  const asked = new Map<string, number>();
  return (req, res, next) => {
    const person = people.get(req.headers.authorization ?? '');
    if (person === undefined) return void res.sendStatus(401);
    if (!person.permissions.includes(PERMISSION)) return void res.sendStatus(403);
    const times = (asked.get(person.id) ?? 0) + 1;
    asked.set(person.id, times);
    if (times > LIMIT) return void res.sendStatus(429);
    next();
  };
}
