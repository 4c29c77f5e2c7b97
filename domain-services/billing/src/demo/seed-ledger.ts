import { insertInBatches } from '@cloudphone/domain-service';
import type { BillingTransaction } from '../schema.ts';
import type { DemoMoney } from './demo-ledger.ts';

/** Accounts, transactions with their entries and charges, and the balances and payments of them. */
export async function seedLedger(
  tx: BillingTransaction,
  people: readonly DemoMoney[],
): Promise<void> {
  await insertInBatches(people, (batch) =>
    tx
      .insertInto('accounts')
      .values(batch.map(({ account }) => ({ id: account })))
      .execute(),
  );
  await seedTransactions(tx, people);
  await insertInBatches(people, (batch) =>
    tx
      .insertInto('balances')
      .values(
        batch.map(({ userId, balance, postings, topUp }) => ({
          user_id: userId,
          amount: balance,
          version: postings.length,
          updated_at: (postings.at(-1) ?? topUp).at,
        })),
      )
      .execute(),
  );
  await insertInBatches(people, (batch) =>
    tx
      .insertInto('payments')
      .values(
        batch.map(({ userId, topUp }) => ({
          id: topUp.aboutId,
          user_id: userId,
          amount: topUp.amount,
          method: 'card' as const,
          provider: 'simulated',
          status: 'succeeded' as const,
          idempotency_key: null,
          balance_after: topUp.amount,
          version_after: 1,
          created_at: topUp.at,
          settled_at: topUp.at,
        })),
      )
      .execute(),
  );
}

async function seedTransactions(tx: BillingTransaction, people: readonly DemoMoney[]) {
  const postings = people.flatMap((person) => person.postings);
  await insertInBatches(postings, (batch) =>
    tx
      .insertInto('ledger_transactions')
      .values(batch.map(({ id, kind, aboutId, at }) => ({ id, kind, about_id: aboutId, at })))
      .execute(),
  );
  const charges = people.flatMap(({ userId, account, postings }) =>
    postings.flatMap(({ id, charge, from, amount, at }) =>
      charge === null
        ? []
        : [
            {
              id,
              user_id: userId,
              kind: charge.kind,
              about_id: charge.aboutId,
              amount: from === account ? amount : -amount,
              at,
              invoice_id: null,
            },
          ],
    ),
  );
  await insertInBatches(charges, (batch) => tx.insertInto('charges').values(batch).execute());
  const entries = postings.flatMap(({ id, from, to, amount }) => [
    { transaction_id: id, account_id: from, amount: -amount },
    { transaction_id: id, account_id: to, amount },
  ]);
  await insertInBatches(entries, (batch) =>
    tx.insertInto('ledger_entries').values(batch).execute(),
  );
}
