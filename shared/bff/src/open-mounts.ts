import type { Mount } from '@cloudphone/http';
import { connectRedis } from '@cloudphone/redis';
import type { Lifecycle, Logger } from '@cloudphone/runtime';
import type { BffConfig } from './bff-config.ts';
import type { BffDefinition } from './bff-definition.ts';

/** A BFF's ready-made applications, with a connection to where queues live if it has any. */
export function openMounts(
  { mounts = [] }: BffDefinition,
  { redisUrls, process }: BffConfig,
  { logger, lifecycle }: { readonly logger: Logger; readonly lifecycle: Lifecycle },
): readonly Mount[] {
  if (mounts.length === 0) return [];
  const jobsRedis = connectRedis({
    url: redisUrls.jobs,
    name: `${process}-jobs`,
    manner: 'fail-fast',
    logger,
  });
  lifecycle.onClose('redis (jobs)', () => jobsRedis.close());
  return mounts.map((mount) => mount({ jobsRedis, logger, lifecycle }));
}
