import type { Migration } from '@cloudphone/postgres';
import { invoiceTables } from './invoices/invoice-tables.ts';
import { causeColumns } from './jobs/cause-columns.ts';
import { ledgerTables } from './ledger/ledger-tables.ts';
import { orderTables } from './orders/order-tables.ts';
import { purchaseTables } from './orders/purchase-tables.ts';
import { paymentTables } from './payments/payment-tables.ts';
import { personTables } from './people/person-tables.ts';
import { refundTables } from './refunds/refund-tables.ts';
import { settingsTables } from './settings/settings-tables.ts';
import { meterTables } from './usage/meter-tables.ts';
import { usageTables } from './usage/usage-tables.ts';

/** Times have millisecond precision, because cursors carry them as JavaScript sees them. */
export const billingMigrations: readonly Migration[] = [
  orderTables,
  ledgerTables,
  usageTables,
  purchaseTables,
  settingsTables,
  paymentTables,
  meterTables,
  invoiceTables,
  refundTables,
  personTables,
  causeColumns,
];
