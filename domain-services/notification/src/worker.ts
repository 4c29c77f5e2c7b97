import { createLogger, runProcess } from '@cloudphone/runtime';
import { readNotificationConfig } from './config.ts';
import { startNotificationWorker } from './notification-worker.ts';

const config = readNotificationConfig();
const name = config.process ?? 'notification-worker';
const logger = createLogger({ name, level: config.logLevel });
runProcess(logger, async (lifecycle) => {
  const { url } = await startNotificationWorker(config, lifecycle, { lanes: ['shared'] });
  logger.info({ url }, 'sending all but urgent campaigns');
});
