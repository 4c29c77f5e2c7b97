import { join } from 'node:path';
import type { Platform } from './start-platform.ts';

export interface ReadyFacts {
  readonly platform: Pick<Platform, 'urls' | 'dataDir' | 'processes' | 'redis' | 'postgres'>;
  readonly isDemo: boolean;
  readonly tookMs: number;
}

const DEMO_LOGINS = [
  ['Log in to the admin console', 'admin / admin-demo        everything'],
  ['', 'ops / ops-demo            campaigns, templates'],
  ['', 'support / support-demo    read only'],
  ['', 'finance / finance-demo    billing, refunds'],
  ['', 'finance2 / finance2-demo  approves what finance asks'],
  ['Log in to the user app', 'user001 … user200 / user-demo'],
] as const;

/** What a person needs to go on, once everything is up. */
export function presentReadyBlock({ platform, isDemo, tookMs }: ReadyFacts): string {
  const { urls, dataDir, processes, redis, postgres } = platform;
  const services = processes.filter(({ kind }) => kind === 'service');
  const rows: (readonly [string, string])[] = [
    ['Admin console', urls.adminBff],
    ['User app', urls.userBff],
    ['', ''],
    ...(isDemo ? [...DEMO_LOGINS, ['', ''] as const] : []),
    ...services.map(({ title, url }) => [capitalised(title), url] as const),
    ['Redis', withoutPassword(redis.url)],
    ['PostgreSQL', withoutPassword(postgres.url)],
    ['Data', dataDir],
    ['Logs', join(dataDir, 'logs')],
  ];
  const width = Math.max(...rows.map(([label]) => label.length)) + 3;
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}${value}`.trimEnd());
  const took = (tookMs / 1_000).toFixed(1);
  return ['', `CloudPhone is ready (${took} s).`, '', ...lines, '', 'Ctrl-C stops it all.'].join(
    '\n',
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/([^:/@]*):[^@]*@/, '//$1@');
}
