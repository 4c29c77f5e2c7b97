import type { Kysely } from '@cloudphone/postgres';

/**
 * A database handle that can only look. Writing goes through `writer.write`, which asks for the
 * events of the write, so a change that nobody is told of does not compile. (`with` is left out on
 * purpose: what it returns could insert; use a subquery.)
 */
export type ReadOnlyDb<Schema> = Pick<
  Kysely<Schema>,
  'selectFrom' | 'selectNoFrom' | 'fn' | 'dynamic' | 'case'
>;
