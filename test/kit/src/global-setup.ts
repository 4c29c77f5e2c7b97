import { join } from 'node:path';
import { startPostgres } from '@cloudphone/deploy';
import type { TestProject } from 'vitest/node';
import { closeRunFolder, openRunFolder } from './run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly runFolder: string;
    readonly postgresUrl: string;
    /** Beside the databases, in which outboxes are: events that were told without one. */
    readonly toldEventsFile: string;
  }
}

/** Vitest's globalSetup: one PostgreSQL for the whole run; ends everything the run started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runFolder = await openRunFolder();
  const postgres = await startPostgres({
    dataDir: join(runFolder, 'postgres'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  project.provide('runFolder', runFolder);
  project.provide('postgresUrl', postgres.url('postgres'));
  project.provide('toldEventsFile', join(runFolder, 'told-events.jsonl'));
  return () => closeRunFolder(runFolder);
}
