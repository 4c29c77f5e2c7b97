import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CAMPAIGN_QUEUES } from '@cloudphone/contracts';
import { bundle, endLeftoversUnder, startPostgres, temporaryFolder } from '@cloudphone/deploy';
import { connectRedis, keys } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import { type Child, startChild } from '../../consistency/processes/child.ts';
import { type RedisProcess, startRedisProcess } from '../../consistency/processes/redis-process.ts';
import { familyCpuTimeMs } from '../cpu-time.ts';

const ENTRY = 'domain-services/notification/src/sending/fixtures/lab-process.ts';

export interface LabEngines {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** Engines of their own, and processes on them that send campaigns. */
export interface Lab {
  readonly engines: LabEngines;
  readonly redis: RedisProcess;
  /** What Redis holds now, and the processor time that it has used. */
  readRedis(): Promise<{ readonly bytes: number; readonly cpuMs: number }>;
  /** Processor time that PostgreSQL has used, all its processes. */
  readPostgresCpuMs(): Promise<number>;
  /** What the queues hold in it, ledgers apart. */
  readQueueBytes(): Promise<number>;
  /** When the first job of an urgent campaign was added, by Redis's own clock and record. */
  readAddedAtMs(batchId: string): Promise<number>;
  readonly service: Child;
  startProcess(): Promise<Child>;
  close(): Promise<void>;
}

/** Redis with appendfsync everysec, PostgreSQL as it is in production. */
export async function openLab(
  projectDir: string,
  /** What the service takes e-mail to be sent by: with SMTP a repeat is a second message. */
  options: { readonly smtpUrl?: string } = {},
): Promise<Lab> {
  const dataDir = await temporaryFolder('cloudphone-campaigns-');
  const redis = await startRedisProcess({ dataDir: join(dataDir, 'redis'), projectDir });
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), settings: {} });
  const { file } = await bundle({ name: 'campaign-lab', entry: ENTRY, projectDir });
  const children: Child[] = [];
  const connection = connectRedis({
    url: redis.url,
    name: 'bench',
    manner: 'patient',
    logger: silentLogger,
  });
  const startProcess = async (): Promise<Child> => {
    const child = await startChild(file);
    children.push(child);
    return child;
  };
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.end()));
    await connection.close();
    await redis.stop();
    await postgres.stop();
    await endLeftoversUnder(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const engines = { databaseUrl: postgres.url('campaigns'), redisUrl: redis.url };
    const service = await startProcess();
    await service.ask('beService', { engines, ...options });
    const readRedis = async () => {
      const info = await connection.client.info();
      const read = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
      const cpuMs = 1_000 * (read('used_cpu_user') + read('used_cpu_sys'));
      return { bytes: read('used_memory'), cpuMs };
    };
    const readQueueBytes = async () => {
      let bytes = 0;
      for await (const found of connection.client.scanStream({
        ...{ match: `${keys.jobs.prefix()}:*`, count: 1_000 },
      })) {
        for (const key of found as string[]) {
          bytes += (await connection.client.memory('USAGE', key)) ?? 0;
        }
      }
      return bytes;
    };
    const readAddedAtMs = async (batchId: string) => {
      const stream = `${keys.jobs.prefix()}:${CAMPAIGN_QUEUES.urgent}:events`;
      const told = await connection.client.xrevrange(stream, '+', '-', 'COUNT', 100);
      const added = told.find(
        ([, fields]) =>
          fields.includes('added') && fields.some((field) => field.startsWith(batchId)),
      );
      if (added === undefined) throw new Error('the queue tells of no such job');
      return Number(added[0].split('-')[0]);
    };
    const readPostgresCpuMs = () => familyCpuTimeMs(postgres.pid);
    const read = { readRedis, readPostgresCpuMs, readQueueBytes, readAddedAtMs };
    return { engines, redis, ...read, service, startProcess, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A paused campaign of the first `count` people, created through the API; nobody may be sending yet. */
export async function createCampaign(
  lab: Pick<Lab, 'service'>,
  count: number,
  changes: object = {},
): Promise<string> {
  const [first] = personIds(1);
  const { status, body } = await lab.service.ask<{ status: number; body: { batchId: string } }>(
    'call',
    {
      method: 'post',
      path: '/notifications/bulk',
      body: {
        userIds: [first],
        templateCode: 'user.registered',
        channels: ['email'],
        priority: 'low',
        ...changes,
      },
    },
  );
  if (status !== 202) throw new Error(`creating answered ${status}: ${JSON.stringify(body)}`);
  await changeCampaign(lab, body.batchId, 'pause');
  await lab.service.ask('enlargeAudience', { batchId: body.batchId, count });
  return body.batchId;
}

export async function changeCampaign(
  { service }: Pick<Lab, 'service'>,
  batchId: string,
  change: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const path = `/notifications/bulk/${batchId}/${change}`;
  const { status } = await service.ask<{ status: number }>('call', { method: 'post', path });
  if (status !== 200) throw new Error(`${change} answered ${status}`);
}

/** The ids of the lab's people, from the first on. */
export function personIds(count: number, from = 1): string[] {
  return Array.from(
    { length: count },
    (_, index) => `00000000-0000-4000-8000-${(from + index).toString(16).padStart(12, '0')}`,
  );
}

export interface Progress {
  readonly status: string;
  readonly totalUsers: number;
  readonly processedUsers: number;
  readonly successCount: number;
  readonly failureCount: number;
  readonly skippedCount: number;
  readonly unknownCount: number;
  readonly cancelledCount: number;
}

export async function readProgress({ service }: Pick<Lab, 'service'>, batchId: string) {
  const path = `/notifications/bulk/${batchId}`;
  const answer = await service.ask<{ status: number; body: Progress }>('call', {
    method: 'get',
    path,
  });
  return answer.body;
}
