import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';

/** Nothing of its own beside what every service reads. */
export function readAppConfig(): ServiceConfig {
  return readServiceConfig(process.env);
}
