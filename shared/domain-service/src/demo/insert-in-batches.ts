/** Rows in one INSERT: PostgreSQL takes 65,535 parameters, and our widest row has some twenty. */
const ROWS_A_BATCH = 1_000;

/**
 * Inserts many rows by few statements: `insertInBatches(rows, (batch) =>
 * db.insertInto('devices').values(batch).execute())`. In order, one batch at a time.
 */
export async function insertInBatches<Row>(
  rows: Iterable<Row>,
  insert: (batch: Row[]) => Promise<unknown>,
): Promise<void> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_A_BATCH) continue;
    await insert(batch);
    batch = [];
  }
  if (batch.length > 0) await insert(batch);
}
