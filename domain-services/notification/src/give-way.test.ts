import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { freePort, testPostgres, testProgram, testRedis, until } from '@cloudphone/test-kit';
import { it } from 'vitest';

const BELOW_NORMAL = constants.priority.PRIORITY_BELOW_NORMAL;

async function startWorker() {
  return testProgram({
    name: 'notification-worker',
    entry: 'domain-services/notification/src/worker.ts',
    environment: {
      PORT: String(await freePort()),
      DATABASE_URL: await testPostgres().freshDatabase(),
      REDIS_URL: (await testRedis()).url,
      INTERNAL_TOKEN_SECRET: 'the secret of tests',
    },
  });
}

/** How nice each thread of a process is (proc_pid_stat(5), the 19th field). */
function nicenessOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

const isLinux = process.platform === 'linux';

it.runIf(isLinux)('a worker of bulk messages gives way with all of its threads', async () => {
  const { pid } = await startWorker();
  await until(
    () => {
      const all = nicenessOf(pid);
      return all.length > 1 && all.every((niceness) => niceness >= BELOW_NORMAL);
    },
    { what: 'every thread to give way' },
  );
});
