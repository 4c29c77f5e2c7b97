import { PROCESSES, type ProcessEntry } from './process-table.ts';

/** One process to run: an entry of the table, or one of its replicas, with its port settled. */
export interface PlannedProcess extends ProcessEntry {
  readonly program: string;
  readonly port: number;
}

/** A proxy in front of an entry's replicas. */
interface PlannedProxy {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly behind: readonly PlannedProcess[];
}

export interface Plan {
  readonly processes: readonly PlannedProcess[];
  readonly proxies: readonly PlannedProxy[];
}

export interface PlanOptions {
  readonly portBase: number;
  readonly replicas: number;
  readonly kinds: readonly ProcessEntry['kind'][];
  readonly table?: readonly ProcessEntry[];
}

/** Which processes run on which ports; one replica needs no proxy and has the entry's own port. */
export function planProcesses({ table = PROCESSES, ...options }: PlanOptions): Plan {
  const processes: PlannedProcess[] = [];
  const proxies: PlannedProxy[] = [];
  for (const entry of table.filter(({ kind }) => options.kinds.includes(kind))) {
    const copies = planCopies(entry, options);
    processes.push(...copies);
    if (copies.length === 1) continue;
    const port = options.portBase + entry.offset;
    proxies.push({ name: entry.name, title: entry.title, port, behind: copies });
  }
  return { processes, proxies };
}

function planCopies(
  entry: ProcessEntry,
  { portBase, replicas }: Pick<PlanOptions, 'portBase' | 'replicas'>,
): PlannedProcess[] {
  const { replicasOffset } = entry;
  if (replicas === 1 || replicasOffset === undefined) {
    return [{ ...entry, program: entry.name, port: portBase + entry.offset }];
  }
  return Array.from({ length: replicas }, (_, index) => ({
    ...entry,
    program: entry.name,
    name: `${entry.name}-${index + 1}`,
    title: `${entry.title} ${index + 1}`,
    port: portBase + replicasOffset + index,
  }));
}
