import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { readConfig } from '@cloudphone/runtime';
import * as z from 'zod';
import { type AppSettings, DEFAULT_SETTINGS } from './settings.ts';

export interface AppConfig {
  readonly service: ServiceConfig;
  readonly settings: AppSettings;
}

export function readAppConfig(): AppConfig {
  const own = readConfig(
    {
      APP_ANSWER_TIMEOUT_MS: z.coerce
        .number()
        .int()
        .min(1_000)
        .max(86_400_000)
        .default(DEFAULT_SETTINGS.answerTimeoutMs),
    },
    process.env,
  );
  return {
    service: readServiceConfig(process.env),
    settings: { ...DEFAULT_SETTINGS, answerTimeoutMs: own.APP_ANSWER_TIMEOUT_MS },
  };
}
