import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, type ServerProcess, startServer } from '@cloudphone/deploy';
import { inject } from 'vitest';
import { whenDone } from './when-done.ts';

export interface TestRabbit {
  /** `amqp://guest:guest@127.0.0.1:port`. */
  readonly url: string;
  /** SIGKILL; resolves when the broker is gone. Durable queues and their messages stay on disk. */
  kill(): Promise<void>;
  /** Up again on the same port, with what it had kept. */
  start(): Promise<void>;
}

const INSTALLED_UNDER = '/usr/lib/rabbitmq/lib';

/** Where the broker's own start script is; undefined on a machine without RabbitMQ. */
function findRabbit(): string | undefined {
  if (!existsSync(INSTALLED_UNDER)) return undefined;
  return readdirSync(INSTALLED_UNDER)
    .map((release) => join(INSTALLED_UNDER, release, 'sbin/rabbitmq-server'))
    .find(existsSync);
}

/**
 * A real RabbitMQ broker for the caller alone, up in some five seconds; undefined on a machine that
 * has none installed. It ends with the test or file that asked for it, and its port mapper with it.
 */
export async function testRabbit(): Promise<TestRabbit | undefined> {
  const program = findRabbit();
  if (program === undefined) return undefined;
  const folder = await mkdtemp(join(inject('runFolder'), 'rabbit-'));
  await mkdir(join(folder, 'log'));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  const [port, distributionPort, mapperPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
  ]);
  const mapper = await startServer({
    name: 'epmd',
    program: 'epmd',
    args: ['-port', String(mapperPort), '-address', '127.0.0.1'],
    logFile: join(folder, 'epmd.log'),
    isReady: () => isListening(mapperPort),
    readyTimeoutMs: 10_000,
  });
  const start = () =>
    startServer({
      name: 'RabbitMQ',
      program,
      args: [],
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        HOME: folder,
        ERL_EPMD_PORT: String(mapperPort),
        // Lets the script become the broker, so that its pid is the broker's.
        RUNNING_UNDER_SYSTEMD: '1',
        RABBITMQ_NODENAME: `test${port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distributionPort),
        RABBITMQ_MNESIA_BASE: join(folder, 'data'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
        RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
        RABBITMQ_CONFIG_FILE: join(folder, 'none'),
      },
      logFile: join(folder, 'rabbit.log'),
      isReady: () => isListening(port),
      readyTimeoutMs: 120_000,
    });
  let broker: ServerProcess = await start();
  whenDone(async () => {
    await broker.kill('SIGKILL');
    await mapper.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    kill: () => broker.kill('SIGKILL'),
    start: async () => {
      broker = await start();
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
