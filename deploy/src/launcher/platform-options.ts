import { join, resolve } from 'node:path';
import { PROCESSES, type ProcessEntry } from './process-table.ts';
import { findProjectDir } from './project-dir.ts';

export interface PlatformOptions {
  /** Where everything that is kept lives: databases, logs, the secret, pid files. */
  readonly dataDir: string;
  /** The first of the ports; a free range when absent. */
  readonly portBase?: number;
  /** How many of each BFF, behind a sticky proxy when more than one. */
  readonly replicas?: number;
  /** Demo data and demo accounts; off when absent. */
  readonly isDemo?: boolean;
  /** What to run besides the engines; everything when absent. */
  readonly kinds?: readonly ProcessEntry['kind'][];
  /** Given to every process, over the launcher's own environment; also read for REDIS_URL and DATABASE_URL. */
  readonly env?: NodeJS.ProcessEnv;
  /** Progress and incidents, a line or a few at a time; nobody is told when absent. */
  readonly report?: (line: string) => void;
  /** Every line that a process says. */
  readonly onOutput?: (process: string, line: string) => void;
  /** How long each process may take to get ready; 120 s when absent. */
  readonly readyTimeoutMs?: number;
  /** Aborted while the platform starts: all is stopped again and the start throws. */
  readonly signal?: AbortSignal;
  /** Where programs are built from and into; this repository when absent. */
  readonly projectDir?: string;
  /** Where a downloaded redis-server is kept; `.data/engines` of this repository when absent. */
  readonly enginesDir?: string;
  /** The programs to run instead of the platform's own; for tests of the launcher. */
  readonly table?: readonly ProcessEntry[];
}

export type Settled = Required<Omit<PlatformOptions, 'portBase' | 'signal'>> &
  Pick<PlatformOptions, 'portBase' | 'signal'>;

export function settleOptions(options: PlatformOptions): Settled {
  return {
    replicas: 1,
    isDemo: false,
    kinds: ['service', 'bff', 'worker'],
    report: () => {},
    onOutput: () => {},
    readyTimeoutMs: 120_000,
    table: PROCESSES,
    projectDir: findProjectDir(),
    enginesDir: join(findProjectDir(), '.data/engines'),
    ...options,
    dataDir: resolve(options.dataDir),
    env: { ...process.env, ...options.env },
  };
}
