import { type Kysely, type Migration, type Postgres, sql } from '@cloudphone/postgres';
import type { IdempotencyStore } from '@cloudphone/redis';
import { randomId } from '@cloudphone/runtime';

interface KeptAnswers {
  kept_answer: {
    key: string;
    fingerprint: string;
    /** Who works on the request, or did. */
    claim: string;
    answer: string | null;
    expires_at: Date;
  };
}

/** Outlives every request; after it, whoever claimed the key is taken to have died. */
const CLAIM_SECONDS = 60;
const KEPT_SECONDS = 24 * 3_600;

export const keptAnswersMigration: Migration = {
  name: '051-kept-answers',
  up: async (db) => {
    await sql`
      create table kept_answer (
        key text primary key,
        fingerprint text not null,
        claim uuid not null,
        answer text,
        expires_at timestamptz not null
      )`.execute(db);
    await sql`create index kept_answer_expiry on kept_answer (expires_at)`.execute(db);
  },
};

/**
 * Answers to writes by their `Idempotency-Key`, kept a day beside the data that they changed: they
 * are there while Redis is not, and are not lost with it. A process that dies between its commit
 * and the keeping of its answer leaves the key claimed for a minute; then the request may run again.
 */
export function createKeptAnswers<Schema>(postgres: Postgres<Schema>): IdempotencyStore {
  const db = postgres.db as unknown as Kysely<KeptAnswers>;
  const inSeconds = (seconds: number) => sql<Date>`now() + ${seconds} * interval '1 second'`;
  return {
    begin: async (key, fingerprint) => {
      const claim = randomId();
      const begun = { fingerprint, claim, answer: null, expires_at: inSeconds(CLAIM_SECONDS) };
      const mine = await db
        .insertInto('kept_answer')
        .values({ key, ...begun })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet(begun)
            .where('kept_answer.expires_at', '<', sql<Date>`now()`),
        )
        .returning('claim')
        .executeTakeFirst();
      if (mine !== undefined) return { kind: 'begun', claim };
      const kept = await db
        .selectFrom('kept_answer')
        .selectAll()
        .where('key', '=', key)
        .executeTakeFirst();
      // Given up by the other between our two looks: whoever asks again begins.
      if (kept === undefined) return { kind: 'in-flight' };
      if (kept.fingerprint !== fingerprint) return { kind: 'other-request' };
      return kept.answer === null ? { kind: 'in-flight' } : { kind: 'done', answer: kept.answer };
    },
    finish: async (key, claim, answer) => {
      await db
        .updateTable('kept_answer')
        .set({ answer, expires_at: inSeconds(KEPT_SECONDS) })
        .where('key', '=', key)
        .where('claim', '=', claim)
        .execute();
    },
    abandon: async (key, claim) => {
      await db
        .deleteFrom('kept_answer')
        .where('key', '=', key)
        .where('claim', '=', claim)
        .execute();
    },
  };
}

/** Deletes what has expired. */
export async function forgetExpiredAnswers<Schema>(postgres: Postgres<Schema>): Promise<void> {
  const db = postgres.db as unknown as Kysely<KeptAnswers>;
  await db.deleteFrom('kept_answer').where('expires_at', '<', sql<Date>`now()`).execute();
}
