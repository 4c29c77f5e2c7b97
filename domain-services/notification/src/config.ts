import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { readConfig } from '@cloudphone/runtime';
import * as z from 'zod';

export interface NotificationConfig extends ServiceConfig {
  /** The Redis that holds campaign ledgers and queues. */
  readonly jobsRedisUrl: string;
  /** `smtp://…` or `smtps://…`; absent: e-mail is captured. */
  readonly smtpUrl?: string;
  readonly emailSender: string;
}

export function readNotificationConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NotificationConfig {
  const read = readConfig(
    {
      REDIS_URL: z.url(),
      REDIS_JOBS_URL: z.url().optional(),
      SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
      EMAIL_SENDER: z.string().max(200).default('CloudPhone <no-reply@cloudphone.example>'),
    },
    environment,
  );
  return {
    ...readServiceConfig(environment),
    jobsRedisUrl: read.REDIS_JOBS_URL ?? read.REDIS_URL,
    emailSender: read.EMAIL_SENDER,
    ...(read.SMTP_URL === undefined ? {} : { smtpUrl: read.SMTP_URL }),
  };
}
