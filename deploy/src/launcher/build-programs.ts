import { bundle } from '../build/bundle.ts';
import { allSettled } from './all-settled.ts';
import type { Settled } from './platform-options.ts';
import type { Plan } from './process-plan.ts';

/** Bundles every program of a plan once, where it changed since the last time. */
export async function buildPrograms(
  plan: Plan,
  { projectDir, report }: Pick<Settled, 'projectDir' | 'report'>,
): Promise<void> {
  const entries = new Map(plan.processes.map(({ program, entry }) => [program, entry]));
  const bundles = await allSettled(
    [...entries].map(([name, entry]) => bundle({ name, entry, projectDir })),
  );
  const built = bundles.filter(({ wasBuilt }) => wasBuilt).length;
  if (built > 0) report(`Built ${built} of ${bundles.length} programs.`);
}
