import type { NewEvent } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import { settleOpenInvoices } from '../invoices/settle-open-invoices.ts';
import type { BillingTransaction, ChargeTable, LedgerTransactionTable } from '../schema.ts';
import { lowBalanceThreshold } from '../settings/low-balance-threshold.ts';
import { personAccount, postTransaction } from './post-transaction.ts';

interface Move {
  readonly kind: LedgerTransactionTable['kind'];
  /** The payment, order or event that it is about; of one kind about one thing there is one. */
  readonly aboutId: string;
  readonly userId: string;
  /** The account on the other side. */
  readonly other: string;
  /** What invoices call it; a top-up is none. */
  readonly charge?: { readonly kind: ChargeTable['kind']; readonly aboutId: string };
  /** What the person gets; below zero what they give. */
  readonly amount: number;
  readonly at: Date;
}

interface Moved {
  readonly amount: number;
  readonly version: number;
  /** `billing.low_balance`, when this took the balance below the threshold. */
  readonly events: readonly NewEvent[];
}

/** What a person may spend, which no other transaction changes before this one ends. */
export async function lockBalance(tx: BillingTransaction, userId: string): Promise<number> {
  const row = await tx
    .selectFrom('balances')
    .select('amount')
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  return row?.amount ?? 0;
}

/**
 * Moves money to or from a person and their balance with it, in one transaction. The balance's row
 * is taken first: moves of one person wait for each other there, and those of others do not meet.
 * Nothing is entered for nothing. Invoices that the balance now covers are paid.
 */
export async function movePersonsMoney(tx: BillingTransaction, move: Move): Promise<Moved> {
  const { kind, aboutId, userId, other, charge, amount, at } = move;
  if (amount === 0) return { amount: await lockBalance(tx, userId), version: 0, events: [] };
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
    .returning(['user_id', 'amount', 'version', 'is_low_told'])
    .executeTakeFirstOrThrow();
  const [from, to] = amount > 0 ? [other, account] : [account, other];
  const id = await postTransaction(tx, { kind, aboutId, from, to, amount: Math.abs(amount), at });
  if (charge !== undefined) {
    await tx
      .insertInto('charges')
      .values({
        id,
        user_id: userId,
        kind: charge.kind,
        about_id: charge.aboutId,
        amount: -amount,
        at,
        invoice_id: null,
      })
      .execute();
  }
  if (amount > 0 && balance.amount >= 0) await settleOpenInvoices(tx, userId);
  const events = await tellWhenLow(tx, balance, { before: balance.amount - amount, at });
  return { amount: balance.amount, version: balance.version, events };
}

/**
 * Once each time that spending takes a balance below the threshold. A threshold that was raised over
 * a balance is crossed by its next spending.
 */
async function tellWhenLow(
  tx: BillingTransaction,
  balance: {
    readonly user_id: string;
    readonly amount: number;
    readonly version: number;
    readonly is_low_told: boolean;
  },
  { before, at }: { readonly before: number; readonly at: Date },
): Promise<NewEvent[]> {
  const { user_id: userId, amount, version, is_low_told: isTold } = balance;
  const threshold = await lowBalanceThreshold(tx);
  const isLow = amount < threshold;
  const isNews = isLow && amount < before && (!isTold || before >= threshold);
  const isToldNow = isLow && (isTold || isNews);
  if (isToldNow !== isTold) {
    await tx
      .updateTable('balances')
      .set({ is_low_told: isToldNow })
      .where('user_id', '=', userId)
      .execute();
  }
  if (!isNews) return [];
  const data = {
    userId,
    balance: moneyOf(amount),
    version,
    threshold: moneyOf(threshold),
    at: at.toISOString(),
  };
  return [{ type: 'billing.low_balance', data }];
}
