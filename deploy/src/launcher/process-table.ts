/** One program of the platform. `offset` is its port's distance from the base. */
export interface ProcessEntry {
  readonly name: string;
  readonly title: string;
  readonly kind: 'service' | 'bff' | 'worker';
  readonly entry: string;
  readonly offset: number;
  /** Where its replicas begin, when there are several behind a proxy on `offset`. */
  readonly replicasOffset?: number;
  /** The service whose database it opens. */
  readonly databaseOf?: string;
}

/** Every program that a start runs, in no order: `kind` decides when. */
export const PROCESSES: readonly ProcessEntry[] = [
  service('user', 101),
  service('device', 102),
  service('app', 103),
  service('billing', 104),
  service('notification', 105),
  {
    name: 'notification-worker',
    title: 'notification worker',
    kind: 'worker',
    entry: 'domain-services/notification/src/worker.ts',
    offset: 115,
    databaseOf: 'notification',
  },
  {
    name: 'notification-urgent-worker',
    title: 'notification worker for urgent campaigns',
    kind: 'worker',
    entry: 'domain-services/notification/src/urgent-worker.ts',
    offset: 116,
    databaseOf: 'notification',
  },
  bff('admin', { offset: 0, replicasOffset: 11 }),
  bff('user', { offset: 1, replicasOffset: 21 }),
];

export const MAX_REPLICAS = 9;

function service(name: string, offset: number): ProcessEntry {
  return {
    name,
    title: `${name} service`,
    kind: 'service',
    entry: `domain-services/${name}/src/main.ts`,
    offset,
    databaseOf: name,
  };
}

function bff(people: string, ports: { offset: number; replicasOffset: number }): ProcessEntry {
  const name = `bff-${people}`;
  return { name, title: `${people} BFF`, kind: 'bff', entry: `${name}/src/main.ts`, ...ports };
}
