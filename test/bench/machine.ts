import { availableParallelism, cpus, loadavg } from 'node:os';

/** One-minute load average; 0 where the system keeps none (Windows). */
export const loadNow = (): number => loadavg()[0] ?? 0;

/** One line of what the figures depend on. */
export function describeMachine(load: {
  readonly atStart: number;
  readonly atEnd: number;
}): string {
  const [cpu] = cpus();
  return [
    `${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'})`,
    `Node ${process.versions.node}`,
    `load average ${load.atStart.toFixed(2)} at the start, ${load.atEnd.toFixed(2)} at the end`,
  ].join(' · ');
}

/** A load above a tenth of a core before anything was started is somebody else's work. */
export const isBusy = (load: number): boolean => load > 0.5;
