import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';

export function readUserConfig(): ServiceConfig {
  return readServiceConfig(process.env);
}
