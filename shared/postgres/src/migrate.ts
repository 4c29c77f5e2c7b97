import { type Kysely, type Migration as KyselyMigration, Migrator } from 'kysely';

export interface Migration {
  /** Begins with digits; migrations run in the order of their names. */
  readonly name: string;
  readonly up: (db: Kysely<unknown>) => Promise<void>;
}

/**
 * Runs what has not run yet, in one transaction, under a lock: any number of instances may start at
 * once. Throws, with nothing changed, when one fails or when one that ran before is missing.
 */
export async function migrate<Schema>(
  postgres: { readonly db: Kysely<Schema> },
  migrations: readonly Migration[],
): Promise<void> {
  const byName: Record<string, KyselyMigration> = {};
  let previous = '';
  for (const { name, up } of migrations) {
    if (name <= previous) throw new Error(`migration ${name} is not after ${previous}`);
    byName[name] = { up: (db) => up(db as Kysely<unknown>) };
    previous = name;
  }
  const migrator = new Migrator({
    db: postgres.db,
    provider: { getMigrations: async () => byName },
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
    // A capability's own tables may grow after those of the service that uses it.
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  throw new Error(`migration ${failed ?? 'set'} failed`, { cause: error });
}
