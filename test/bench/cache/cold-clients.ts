import { type ChildProgram, startChild } from '../child-program.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import type { ColdQuestion, ColdReport } from './cold-node.ts';

/** How often one answer was composed for a hundred clients who all asked at once. */
export interface ColdRow {
  readonly name: ColdQuestion['cache'];
  readonly compositions: Spread;
}

const PROCESSES = 2;
const CLIENTS = 100;
const ROUNDS = 10;

export async function measureColdClients(
  redisUrl: string,
  projectDir: string,
): Promise<readonly ColdRow[]> {
  const children: ChildProgram<ColdQuestion, ColdReport>[] = [];
  try {
    for (let n = 0; n < PROCESSES; n++) {
      children.push(await startChild<ColdQuestion, ColdReport>('cache/cold-node', projectDir));
    }
    const compose = async (cache: ColdQuestion['cache'], id: string): Promise<number> => {
      const question = { redisUrl, cache, id, readers: CLIENTS / PROCESSES };
      const reports = await Promise.all(children.map((child) => child.ask(question)));
      return reports.reduce((sum, report) => sum + report.compositions, 0);
    };
    const rows: ColdRow[] = [];
    for (const name of ['ours', 'bentocache'] as const) {
      // Opens connections: in the first round of all, the processes are not there at one time.
      await compose(name, 'warm-up');
      const samples: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        samples.push(await compose(name, `${name}-${round}`));
      }
      rows.push({ name, compositions: spreadOf(samples) });
    }
    return rows;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}
