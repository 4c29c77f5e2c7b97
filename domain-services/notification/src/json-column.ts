import { sql } from '@cloudphone/postgres';

/** A value for a jsonb column; the driver alone would write a list as one of PostgreSQL's arrays. */
export function asJson<Value>(value: Value): ReturnType<typeof sql<Value>> {
  return sql<Value>`${JSON.stringify(value)}::jsonb`;
}
