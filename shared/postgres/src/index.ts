export type {
  ColumnType,
  Generated,
  Insertable,
  Kysely,
  Selectable,
  SelectQueryBuilder,
  Transaction,
  Updateable,
} from 'kysely';
export { sql } from 'kysely';
export type { Postgres, PostgresOptions } from './connect-postgres.ts';
export { connectPostgres } from './connect-postgres.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export { ensureDatabase } from './ensure-database.ts';
export { isTransientFailure, isUniqueViolation } from './failures.ts';
export type { Listening } from './listen.ts';
export type { Migration } from './migrate.ts';
export { migrate } from './migrate.ts';
export { prepared } from './prepared.ts';
