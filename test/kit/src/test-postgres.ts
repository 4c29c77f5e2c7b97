import { randomUUID } from 'node:crypto';
import { withDatabase } from '@cloudphone/deploy';
import { inject } from 'vitest';

export interface TestPostgres {
  /** The address of a database, which need not exist. */
  url(database: string): string;
  /** The address of a database that no other test has; whoever opens it creates it. */
  freshDatabase(): Promise<string>;
}

/** The run's one PostgreSQL server, real and not durable. Costs nothing: it is up before any test. */
export function testPostgres(): TestPostgres {
  const server = inject('postgresUrl');
  const url = (database: string) => withDatabase(server, database);
  return {
    url,
    freshDatabase: async () => url(`test_${randomUUID().replaceAll('-', '').slice(0, 16)}`),
  };
}
