import type { DomainServiceName } from '@cloudphone/contracts';
import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { flagVariable, readConfig } from '@cloudphone/runtime';
import * as z from 'zod';
import type { ChannelConfig } from './channels/create-channels.ts';
import { PUSH_HOSTS } from './channels/push-endpoints.ts';

export interface NotificationConfig extends ServiceConfig, ChannelConfig {
  /** The Redis that holds campaign ledgers and queues. */
  readonly jobsRedisUrl: string;
  /** Campaigns for more people than this need somebody else's approval; 0: none does. */
  readonly approvalAbove: number;
  /** How long a worker's claim on recipients lasts: the sooner others go on where it died. */
  readonly sendingLeaseMs?: number;
  /** The other services, as far as this one asks them. */
  readonly serviceUrls: Readonly<Record<DomainServiceName, string>>;
}

const serviceUrl = (port: number) => z.url().default(`http://127.0.0.1:${port}`);
const serviceUrlShape = {
  USER_SERVICE_URL: serviceUrl(4101),
  DEVICE_SERVICE_URL: serviceUrl(4102),
  APP_SERVICE_URL: serviceUrl(4103),
  BILLING_SERVICE_URL: serviceUrl(4104),
  NOTIFICATION_SERVICE_URL: serviceUrl(4105),
};

const perSecond = z.coerce.number().positive().max(1_000_000).optional();

export function readNotificationConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NotificationConfig {
  const service = readServiceConfig(environment);
  const read = readConfig(
    {
      REDIS_URL: z.url(),
      REDIS_JOBS_URL: z.url().optional(),
      SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
      EMAIL_SENDER: z.string().max(200).default('CloudPhone <no-reply@cloudphone.example>'),
      /** `https://account:token@host/path`; Twilio's face. Absent: text messages are captured. */
      SMS_URL: z.url({ protocol: /^https?$/ }).optional(),
      SMS_SENDER: z.string().max(20).default('CloudPhone'),
      SMS_TAKES_KEY: flagVariable.default(false),
      /** `<public key>:<private key>` (VAPID, base64url). Absent: push messages are captured. */
      PUSH_KEYS: z
        .string()
        .regex(/^[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$/)
        .optional(),
      PUSH_SUBJECT: z.url().default('mailto:operations@cloudphone.example'),
      /** Hosts of further push services, `a.example,b.example`. */
      PUSH_HOSTS: z.string().default(''),
      EMAIL_PER_SECOND: perSecond,
      SMS_PER_SECOND: perSecond,
      PUSH_PER_SECOND: perSecond,
      CAMPAIGN_APPROVAL_ABOVE: z.coerce.number().int().min(0).default(10_000),
      /** More than the 5 s that a message may take. */
      SENDING_LEASE_MS: z.coerce.number().int().min(5_500).max(60_000).optional(),
      PUBLIC_ORIGIN: z.url().default('http://127.0.0.1:4001'),
      ...serviceUrlShape,
      /** Signs links in mails, which live for years; the internal secret unless given. */
      UNSUBSCRIBE_SECRET: z.string().min(16).optional(),
    },
    environment,
  );
  const limits = {
    email: read.EMAIL_PER_SECOND,
    sms: read.SMS_PER_SECOND,
    push: read.PUSH_PER_SECOND,
  };
  const [publicKey = '', privateKey = ''] = read.PUSH_KEYS?.split(':') ?? [];
  const pushKeys = { publicKey, privateKey, subject: read.PUSH_SUBJECT };
  return {
    ...service,
    jobsRedisUrl: read.REDIS_JOBS_URL ?? read.REDIS_URL,
    emailSender: read.EMAIL_SENDER,
    ...(read.SMTP_URL === undefined ? {} : { smtpUrl: read.SMTP_URL }),
    ...(read.SMS_URL === undefined ? {} : { smsUrl: read.SMS_URL }),
    smsSender: read.SMS_SENDER,
    doesSmsTakeKey: read.SMS_TAKES_KEY,
    ...(read.PUSH_KEYS === undefined ? {} : { pushKeys }),
    pushHosts: [...PUSH_HOSTS, ...read.PUSH_HOSTS.split(',').filter((host) => host !== '')],
    perSecond: Object.fromEntries(
      Object.entries(limits).filter(([, limit]) => limit !== undefined),
    ) as NotificationConfig['perSecond'],
    ...(read.SENDING_LEASE_MS === undefined ? {} : { sendingLeaseMs: read.SENDING_LEASE_MS }),
    approvalAbove: read.CAMPAIGN_APPROVAL_ABOVE,
    serviceUrls: {
      user: read.USER_SERVICE_URL,
      device: read.DEVICE_SERVICE_URL,
      app: read.APP_SERVICE_URL,
      billing: read.BILLING_SERVICE_URL,
      notification: read.NOTIFICATION_SERVICE_URL,
    },
    publicOrigin: new URL(read.PUBLIC_ORIGIN).origin,
    linkSecret: read.UNSUBSCRIBE_SECRET ?? service.internalSecret,
  };
}
