import { answersOk } from '../supervision/answers-ok.ts';
import type { Replica } from './choose-replica.ts';

export interface HealthWatch {
  readonly healthy: ReadonlySet<Replica>;
  /** Takes a replica out at once; the next good answer brings it back. */
  suspect(replica: Replica): void;
  close(): void;
}

/** Asks every replica for its readiness, over and over. All count as healthy until they fail. */
export function watchHealth(replicas: readonly Replica[], everyMs: number): HealthWatch {
  const healthy = new Set(replicas);
  const ask = async (replica: Replica) => {
    const isHealthy = await answersOk(`http://127.0.0.1:${replica.port}/readyz`);
    if (isHealthy) healthy.add(replica);
    else healthy.delete(replica);
  };
  const timer = setInterval(() => replicas.forEach((replica) => void ask(replica)), everyMs);
  return {
    healthy,
    suspect: (replica) => healthy.delete(replica),
    close: () => clearInterval(timer),
  };
}
