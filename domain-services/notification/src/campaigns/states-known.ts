import { sql } from '@cloudphone/postgres';

/**
 * Of a row of `deliveries`, the bytes of its chunk as far as PostgreSQL knows them: as it ended; while
 * it is not finished, as it was a second ago, or with those that freezing skipped. Null: nothing.
 */
export const statesKnown = (): ReturnType<typeof sql<Buffer | null>> => sql<Buffer | null>`
  case when intended_round > mirrored_round and begun_states is not null
    then begun_states else states end`;
