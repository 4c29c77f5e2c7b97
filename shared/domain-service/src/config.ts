import { flagVariable, type LogLevel, portVariable, readConfig } from '@cloudphone/runtime';
import * as z from 'zod';

/**
 * The variables that every domain service reads. A service with variables of its own spreads this
 * shape into one `readConfig` of them, in its own config.ts.
 */
export const serviceConfigShape = {
  CLOUDPHONE_PROCESS: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: portVariable,
  DATABASE_URL: z.url(),
  /** Straight to the server, when DATABASE_URL goes through a pooler of transactions. */
  DATABASE_LISTEN_URL: z.url().optional(),
  REDIS_URL: z.url(),
  /** Where the log lives when it has a server of its own. */
  REDIS_LOG_URL: z.url().optional(),
  /** A platform's broker, joined by the service that is meant to. */
  RABBITMQ_URL: z.url({ protocol: /^amqps?$/ }).optional(),
  /** Whether the log's events are sent there, too. */
  RABBITMQ_PUBLISH: flagVariable.default(false),
  INTERNAL_TOKEN_SECRET: z.string().min(16),
  CLOUDPHONE_DEMO: flagVariable.default(false),
  SEED_USERS: z.coerce.number().int().min(1).max(1_000_000).default(200),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

export interface ServiceConfig {
  /** Names the process in logs and metrics; the service's own name when absent. */
  readonly process?: string;
  readonly host: string;
  /** 0 asks for any free port (tests). */
  readonly port: number;
  readonly databaseUrl: string;
  /** For LISTEN and session locks, which a pooler of transactions cannot carry. */
  readonly databaseListenUrl?: string;
  /** The Redis that holds the log. */
  readonly redisUrl: string;
  /** A broker to take events from and, with `isPublishing`, to send the log's to. */
  readonly rabbitmq?: { readonly url: string; readonly isPublishing: boolean };
  /** Shared with the BFFs, which sign with it on whose behalf they call. */
  readonly internalSecret: string;
  readonly isDemo: boolean;
  /** How many demo people there are to be; every service seeds its part of the same ones. */
  readonly seedPeople: number;
  readonly logLevel: LogLevel;
}

/** Throws one Error that lists every variable that is missing or malformed. */
export function readServiceConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ServiceConfig {
  const read = readConfig(serviceConfigShape, environment);
  return {
    ...(read.CLOUDPHONE_PROCESS === undefined ? {} : { process: read.CLOUDPHONE_PROCESS }),
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    ...(read.DATABASE_LISTEN_URL === undefined
      ? {}
      : { databaseListenUrl: read.DATABASE_LISTEN_URL }),
    redisUrl: read.REDIS_LOG_URL ?? read.REDIS_URL,
    ...(read.RABBITMQ_URL === undefined
      ? {}
      : { rabbitmq: { url: read.RABBITMQ_URL, isPublishing: read.RABBITMQ_PUBLISH } }),
    internalSecret: read.INTERNAL_TOKEN_SECRET,
    isDemo: read.CLOUDPHONE_DEMO,
    seedPeople: read.SEED_USERS,
    logLevel: read.LOG_LEVEL,
  };
}
