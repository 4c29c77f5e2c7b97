import type { BillingTransaction } from '../schema.ts';

/**
 * Every invoice of a person whose balance has come back to zero or above is paid. Whatever moved the
 * balance names the tag of the person's invoices.
 */
export async function settleOpenInvoices(tx: BillingTransaction, userId: string): Promise<void> {
  await tx
    .updateTable('invoices')
    .set({ status: 'paid' })
    .where('user_id', '=', userId)
    .where('status', '<>', 'paid')
    .execute();
}
