import type { OrderStatus } from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import type { Generated, Transaction } from '@cloudphone/postgres';

/** Money is whole minor units of `CURRENCY` (currency.ts) throughout. */
export interface PlanTable {
  id: string;
  code: string;
  name: string;
  price: number;
  duration_days: number;
  is_retired: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** What orders copy of a person, as the last event about them said. */
export interface PersonCopyTable {
  user_id: string;
  name: string;
  email: string;
  tenant_id: string;
  /** The person's, not the copy's. */
  version: number;
}

export interface OrderTable {
  id: string;
  user_id: string;
  user_name: string;
  user_email: string;
  tenant_id: string;
  plan_id: string;
  plan_name: string;
  quantity: number;
  total: number;
  /** The last step's status. */
  status: OrderStatus;
  device_id: string | null;
  idempotency_key: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** The history of an order: appended to, never changed. */
export interface OrderStepTable {
  order_id: string;
  /** From 1, without holes. */
  number: number;
  status: OrderStatus;
  at: Date;
}

/** `person:<user id>`, `provider:<name>` or `revenue`. */
export interface AccountTable {
  id: string;
}

export interface LedgerTransactionTable {
  id: string;
  kind: 'top_up' | 'order_payment' | 'refund';
  /** The payment or order it is about. */
  about_id: string;
  at: Date;
}

/** Appended to, never changed; the entries of a transaction sum to zero. */
export interface LedgerEntryTable {
  id: Generated<number>;
  transaction_id: string;
  account_id: string;
  amount: number;
}

/** The sum of a person's entries, kept beside them so that it is read and locked as one row. */
export interface BalanceTable {
  user_id: string;
  amount: number;
  /** How many transactions touched it. */
  version: number;
  updated_at: Date;
}

export interface PaymentTable {
  id: string;
  user_id: string;
  amount: number;
  status: 'pending' | 'succeeded' | 'declined';
  idempotency_key: string | null;
  /** What the caller was told when it succeeded, and is told again. */
  balance_after: number | null;
  version_after: number | null;
  created_at: Date;
  settled_at: Date | null;
}

export interface UsageRecordTable {
  device_id: string;
  user_id: string;
  /** `2026-01-31`, UTC. */
  day: string;
  minutes: number;
  cost: number;
}

/** Devices that run at the moment and are metered when they stop. */
export interface RunTable {
  device_id: string;
  user_id: string;
  started_at: Date;
}

export interface BillingTables extends EventLogTables {
  plans: PlanTable;
  person_copies: PersonCopyTable;
  orders: OrderTable;
  order_steps: OrderStepTable;
  accounts: AccountTable;
  ledger_transactions: LedgerTransactionTable;
  ledger_entries: LedgerEntryTable;
  balances: BalanceTable;
  payments: PaymentTable;
  usage_records: UsageRecordTable;
  runs: RunTable;
}

export type BillingTransaction = Transaction<BillingTables>;
