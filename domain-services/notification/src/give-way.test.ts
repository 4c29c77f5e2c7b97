import { readdirSync, readFileSync } from 'node:fs';
import { freePort, testPostgres, testProgram, testRedis, until } from '@cloudphone/test-kit';
import { it } from 'vitest';

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
  const own = nicenessOf(process.pid)[0] ?? 0;
  await until(
    () => {
      const [first = own, ...others] = nicenessOf(pid);
      return others.length > 0 && first > own && others.every((niceness) => niceness === first);
    },
    { what: 'every thread to give way' },
  );
});
