import type { EventLogTables } from '@cloudphone/event-log';
import { createLogger, runProcess } from '@cloudphone/runtime';
import type { ServiceConfig } from './config.ts';
import type { DomainService } from './service-definition.ts';
import { startDomainService } from './start-domain-service.ts';

/**
 * A domain service as a process: runs until SIGTERM or SIGINT, then answers what was asked, hands
 * its leases back and exits; with code 1 when it cannot start.
 */
export function runDomainService<Schema extends EventLogTables>(
  service: DomainService<Schema>,
  config: ServiceConfig,
): void {
  const name = config.process ?? `${service.name}-service`;
  const logger = createLogger({ name, level: config.logLevel });
  runProcess(logger, async (lifecycle) => {
    const { url } = await startDomainService(service, config, lifecycle);
    logger.info({ url }, 'listening');
  });
}
