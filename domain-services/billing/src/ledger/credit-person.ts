import { sql } from '@cloudphone/postgres';
import type { BillingTransaction, LedgerTransactionTable } from '../schema.ts';
import { personAccount, postTransaction } from './post-transaction.ts';

/**
 * Credits a person and moves their balance on, in one transaction. The balance's row is taken first:
 * credits of one person wait for each other there, and those of others do not meet.
 */
export async function creditPerson(
  tx: BillingTransaction,
  credit: {
    readonly kind: LedgerTransactionTable['kind'];
    readonly aboutId: string;
    readonly userId: string;
    readonly from: string;
    readonly amount: number;
    readonly at: Date;
  },
): Promise<{ readonly amount: number; readonly version: number }> {
  const { userId, amount, at } = credit;
  const account = personAccount(userId);
  await tx
    .insertInto('accounts')
    .values({ id: account })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const balance = await tx
    .insertInto('balances')
    .values({ user_id: userId, amount, version: 1, updated_at: at })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({
        amount: sql`balances.amount + excluded.amount`,
        version: sql`balances.version + 1`,
        updated_at: at,
      }),
    )
    .returning(['amount', 'version'])
    .executeTakeFirstOrThrow();
  await postTransaction(tx, { ...credit, to: account });
  return balance;
}
