import type { Migration } from '@cloudphone/postgres';
import { ledgerTables } from './ledger/ledger-tables.ts';
import { orderTables } from './orders/order-tables.ts';
import { usageTables } from './usage/usage-tables.ts';

/** Times have millisecond precision, because cursors carry them as JavaScript sees them. */
export const billingMigrations: readonly Migration[] = [orderTables, ledgerTables, usageTables];
