import { timeOrderedId } from '@cloudphone/runtime';
import type { BillingTransaction, LedgerTransactionTable } from '../schema.ts';

export const REVENUE_ACCOUNT = 'revenue';

export function personAccount(userId: string): string {
  return `person:${userId}`;
}

export function providerAccount(provider: string): string {
  return `provider:${provider}`;
}

/**
 * Moves an amount from one account to another. Both must exist. The database refuses a second one of
 * the same kind about the same thing, and entries that do not sum to zero. Returns
 * the transaction's id.
 */
export async function postTransaction(
  tx: BillingTransaction,
  posting: {
    readonly kind: LedgerTransactionTable['kind'];
    readonly aboutId: string;
    readonly from: string;
    readonly to: string;
    readonly amount: number;
    readonly at: Date;
  },
): Promise<string> {
  const id = timeOrderedId(posting.at.getTime());
  await tx
    .insertInto('ledger_transactions')
    .values({ id, kind: posting.kind, about_id: posting.aboutId, at: posting.at })
    .execute();
  await tx
    .insertInto('ledger_entries')
    .values([
      { transaction_id: id, account_id: posting.from, amount: -posting.amount },
      { transaction_id: id, account_id: posting.to, amount: posting.amount },
    ])
    .execute();
  return id;
}
