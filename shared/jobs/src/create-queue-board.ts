import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { appError } from '@cloudphone/errors';
import type { RedisConnection } from '@cloudphone/redis';
import type { Logger } from '@cloudphone/runtime';
import { Queue } from 'bullmq';
import { QUEUE_SETTINGS } from './bullmq-settings.ts';

/** What a server mounts: a page and the answers that it asks for. */
export interface QueueBoard {
  readonly router: (
    req: IncomingMessage,
    res: ServerResponse,
    next: (err?: unknown) => void,
  ) => void;
  /** Leaves the connection open: it belongs to the caller. */
  close(): Promise<void>;
}

/**
 * Bull Board over queues by name, to look at only: every method but GET is refused, whatever the page
 * offers. While Redis is away its answers fail; the page says so.
 */
export function createQueueBoard(options: {
  /** Fail-fast. */
  readonly redis: RedisConnection;
  readonly queues: readonly string[];
  /** Where it is mounted: `/admin/queues`. */
  readonly path: string;
  readonly logger: Logger;
}): QueueBoard {
  const { redis, path, logger } = options;
  let board: { readonly app: QueueBoard['router']; readonly queues: readonly Queue[] } | undefined;

  // A queue that is opened while Redis is away remembers the failure for ever.
  const open = () => {
    const queues = options.queues.map((name) => {
      const queue = new Queue(name, { connection: redis.client, ...QUEUE_SETTINGS });
      queue.on('error', (err) => logger.debug({ err, queue: name }, 'a queue lost Redis'));
      return queue;
    });
    const adapter = new ExpressAdapter();
    adapter.setBasePath(path);
    createBullBoard({
      queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter: adapter,
      options: { uiConfig: { boardTitle: 'CloudPhone', hideRedisDetails: true } },
    });
    return { app: adapter.getRouter() as QueueBoard['router'], queues };
  };

  return {
    router: (req, res, next) => {
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        res.setHeader('allow', 'GET, HEAD');
        return next(appError('method_not_allowed'));
      }
      if (!redis.isReady) return next(appError('upstream_unavailable'));
      board ??= open();
      return board.app(req, res, next);
    },
    close: async () => {
      await Promise.all((board?.queues ?? []).map((queue) => queue.close()));
    },
  };
}
