import { join } from 'node:path';
import { launchNode } from '../supervision/launch-node.ts';
import { openProcessLog } from '../supervision/process-log.ts';
import { type Supervised, supervise } from '../supervision/supervise.ts';
import { localUrl } from './process-environment.ts';
import type { PlannedProcess } from './process-plan.ts';

/** One process of a running platform. */
export interface PlatformProcess extends Supervised {
  readonly title: string;
  readonly kind: PlannedProcess['kind'];
  readonly url: string;
  readonly logFile: string;
}

export interface ProcessSetting {
  readonly dataDir: string;
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  readonly onOutput: (process: string, line: string) => void;
  readonly readyTimeoutMs: number;
}

/** Puts a planned process under supervision, not started yet. */
export async function prepareProcess(
  planned: PlannedProcess,
  setting: ProcessSetting,
): Promise<PlatformProcess> {
  const { dataDir, projectDir, env, report } = setting;
  const { name, title, kind } = planned;
  const url = localUrl(planned.port);
  const logFile = join(dataDir, 'logs', `${name}.log`);
  const log = await openProcessLog(logFile, (line) => setting.onOutput(name, line));
  const launch = (signal: AbortSignal) =>
    launchNode(
      {
        name,
        file: join(projectDir, 'dist', `${planned.program}.mjs`),
        cwd: projectDir,
        env,
        log,
        readyUrl: `${url}/readyz`,
        readyTimeoutMs: setting.readyTimeoutMs,
        pidFile: join(pidFolder(dataDir), `${name}.pid`),
        mark: launchMark(dataDir),
      },
      signal,
    );
  const supervised = supervise({ name: `The ${title}`, launch, report });
  return {
    name,
    title,
    kind,
    url,
    logFile,
    get pid() {
      return supervised.pid;
    },
    start: supervised.start,
    stop: supervised.stop,
    kill: supervised.kill,
  };
}

export function pidFolder(dataDir: string): string {
  return join(dataDir, 'pids');
}

/** Stands in the command line of every process started for a data folder. */
export function launchMark(dataDir: string): string {
  return `--launched-for=${dataDir}`;
}
