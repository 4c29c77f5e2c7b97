import type { PlannedProcess } from './process-plan.ts';
import { PROCESSES } from './process-table.ts';

export interface PlatformFacts {
  readonly portBase: number;
  readonly redisUrl: string;
  /** A database's address on the platform's one server; a service may have been told another. */
  readonly databaseUrl: (database: string) => string;
  readonly internalTokenSecret: string;
  readonly isDemo: boolean;
  /** What the caller set; it is passed on, and wins where the platform has no say of its own. */
  readonly env: NodeJS.ProcessEnv;
}

/** The environment of one process: the caller's, then what the platform alone can know. */
export function environmentOf(planned: PlannedProcess, facts: PlatformFacts): NodeJS.ProcessEnv {
  const { env, portBase } = facts;
  return {
    LOG_LEVEL: 'info',
    // The admin BFF's own page, and for all others the page that people's mails point at.
    PUBLIC_ORIGIN: localUrl(planned.program === 'bff-admin' ? portBase : portBase + 1),
    INTERNAL_TOKEN_SECRET: facts.internalTokenSecret,
    ...env,
    ...serviceUrls(facts),
    ...databaseOf(planned, facts),
    REDIS_URL: facts.redisUrl,
    CLOUDPHONE_PROCESS: planned.name,
    CLOUDPHONE_DEMO: facts.isDemo ? '1' : '0',
    HOST: '127.0.0.1',
    PORT: String(planned.port),
    SUPERVISED: '1',
  };
}

export function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function serviceUrls({ env, portBase }: PlatformFacts): NodeJS.ProcessEnv {
  const services = PROCESSES.filter(({ kind }) => kind === 'service');
  return Object.fromEntries(
    services.map(({ name, offset }) => {
      const variable = `${name.toUpperCase()}_SERVICE_URL`;
      return [variable, env[variable] ?? localUrl(portBase + offset)];
    }),
  );
}

function databaseOf(
  { databaseOf: service }: PlannedProcess,
  { env, databaseUrl }: PlatformFacts,
): NodeJS.ProcessEnv {
  if (service === undefined) return { DATABASE_URL: undefined };
  const own = env[`${service.toUpperCase()}_DATABASE_URL`];
  return { DATABASE_URL: own ?? databaseUrl(`cloudphone_${service}`) };
}
