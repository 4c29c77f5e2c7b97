import { flagVariable, portVariable, readConfig } from '@cloudphone/runtime';
import * as z from 'zod';

const urlVariable = z.url();

const shape = {
  CLOUDPHONE_PROCESS: z.string(),
  PORT: portVariable,
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_ORIGIN: urlVariable,
  REDIS_URL: urlVariable,
  REDIS_LOG_URL: urlVariable.optional(),
  /** May evict when it is not REDIS_URL: it holds views and their leases, nothing else. */
  REDIS_CACHE_URL: urlVariable.optional(),
  REDIS_SOCKET_URL: urlVariable.optional(),
  REDIS_JOBS_URL: urlVariable.optional(),
  USER_SERVICE_URL: urlVariable,
  DEVICE_SERVICE_URL: urlVariable,
  APP_SERVICE_URL: urlVariable,
  BILLING_SERVICE_URL: urlVariable,
  NOTIFICATION_SERVICE_URL: urlVariable,
  INTERNAL_TOKEN_SECRET: z.string().min(32),
  CLOUDPHONE_DEMO: flagVariable.default(false),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Requests a minute of one person and of one address. */
  RATE_LIMIT_PER_PERSON: z.coerce.number().int().min(1).default(6_000),
  RATE_LIMIT_PER_ADDRESS: z.coerce.number().int().min(1).default(60_000),
} as const;

/** What a BFF process is told by its environment. */
export type BffConfig = ReturnType<typeof readBffConfig>;

/** Throws one Error that lists everything missing or malformed. */
export function readBffConfig(environment: Readonly<Record<string, string | undefined>>) {
  const variables = readConfig(shape, environment);
  return {
    process: variables.CLOUDPHONE_PROCESS,
    port: variables.PORT,
    host: variables.HOST,
    publicOrigin: new URL(variables.PUBLIC_ORIGIN).origin,
    redisUrls: {
      main: variables.REDIS_URL,
      log: variables.REDIS_LOG_URL ?? variables.REDIS_URL,
      cache: variables.REDIS_CACHE_URL ?? variables.REDIS_URL,
      sockets: variables.REDIS_SOCKET_URL ?? variables.REDIS_URL,
      jobs: variables.REDIS_JOBS_URL ?? variables.REDIS_URL,
    },
    serviceUrls: {
      user: variables.USER_SERVICE_URL,
      device: variables.DEVICE_SERVICE_URL,
      app: variables.APP_SERVICE_URL,
      billing: variables.BILLING_SERVICE_URL,
      notification: variables.NOTIFICATION_SERVICE_URL,
    },
    internalSecret: variables.INTERNAL_TOKEN_SECRET,
    isDemo: variables.CLOUDPHONE_DEMO,
    logLevel: variables.LOG_LEVEL,
    limits: {
      perPersonPerMinute: variables.RATE_LIMIT_PER_PERSON,
      perAddressPerMinute: variables.RATE_LIMIT_PER_ADDRESS,
    },
  };
}
