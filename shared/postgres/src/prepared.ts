import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { ClientBase } from 'pg';

const MARK = '/* prepared */ ';

/**
 * A statement that each connection parses and plans once instead of every time. For statements that
 * are asked all the time, whose text never varies with its values, and whose columns are named: one
 * that selects `*` fails when a migration adds a column. Behind a pooler that lends connections for a
 * transaction, the pooler has to know prepared statements (PgBouncer ≥ 1.21 does).
 */
export function prepared<Row>(statement: RawBuilder<Row>): RawBuilder<Row> {
  return sql<Row>`${sql.raw(MARK)}${statement}`;
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `p${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

/** Has a connection keep the plans of statements that are marked so. */
export function keepPlans(client: ClientBase): void {
  const asked = client as unknown as { query: (...call: readonly unknown[]) => unknown };
  const query = asked.query.bind(client);
  asked.query = (text, values, ...rest) =>
    typeof text === 'string' && text.startsWith(MARK)
      ? query({ name: nameOf(text), text, values }, ...rest)
      : query(text, values, ...rest);
}
