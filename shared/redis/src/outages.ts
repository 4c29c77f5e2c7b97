import type { Logger } from '@cloudphone/runtime';
import type { Redis } from 'ioredis';

/** One line when the server goes away and one when it is back, however many attempts lie between. */
export function logOutages(
  client: Redis,
  options: { readonly name: string; readonly logger: Logger },
): void {
  const { name, logger } = options;
  let isAway = false;
  client.on('error', (err) => {
    if (isAway) return;
    isAway = true;
    logger.warn({ err, connection: name }, 'redis is away');
  });
  client.on('ready', () => {
    if (isAway) logger.info({ connection: name }, 'redis is back');
    isAway = false;
  });
}
