import type { OrderFailure, OrderStatus, Payment } from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import type { Generated, Transaction } from '@cloudphone/postgres';
import type { Cause } from '@cloudphone/runtime';

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
  is_deleted: Generated<boolean>;
}

export interface OrderTable {
  id: string;
  user_id: string;
  user_name: string;
  user_email: string;
  tenant_id: string;
  plan_id: string;
  plan_name: string;
  /** The plan's when it was ordered. */
  duration_days: number;
  quantity: number;
  total: number;
  /** The last step's status. */
  status: OrderStatus;
  /** The first of `device_ids`. */
  device_id: Generated<string | null>;
  device_ids: Generated<string[]>;
  failure: Generated<OrderFailure | null>;
  expires_at: Generated<Date | null>;
  /** When its person is to be told next that it ends. */
  next_notice_at: Generated<Date | null>;
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

/** Purchases that wait: when to look at each, whatever happens. */
export interface PurchaseWorkTable {
  order_id: string;
  due_at: Date;
  /** What ordered it. */
  cause: Cause | null;
}

/** `person:<user id>`, `provider:<name>` or `revenue`. */
export interface AccountTable {
  id: string;
}

export interface LedgerTransactionTable {
  id: string;
  kind: 'top_up' | 'order_payment' | 'refund' | 'usage';
  /** The payment or order it is about; of usage, the event that ended the run. */
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
  /** Whether its person was told that it is low, since it last was not. */
  is_low_told: Generated<boolean>;
}

/** What a person was charged (or given back, below zero): what invoices are made of. */
export interface ChargeTable {
  /** Of the ledger's transaction. */
  id: string;
  user_id: string;
  kind: 'order' | 'refund' | 'usage';
  /** The order or the device. */
  about_id: string;
  amount: number;
  at: Date;
  invoice_id: string | null;
}

export interface InvoiceTable {
  id: string;
  number: string;
  user_id: string;
  /** `2026-01`, UTC. */
  month: string;
  total: number;
  /** What the balance did not cover when it was made. */
  due: number;
  status: 'paid' | 'open' | 'overdue';
  issued_at: Date;
  due_at: Date;
}

export interface InvoiceLineTable {
  invoice_id: string;
  number: number;
  kind: ChargeTable['kind'];
  about_id: string;
  amount: number;
}

/** The last number given in a year. */
export interface InvoiceSeriesTable {
  year: number;
  last: number;
}

export interface RefundTable {
  id: string;
  order_id: string;
  user_id: string;
  plan_name: string;
  amount: number;
  reason: string;
  status: 'requested' | 'approved' | 'rejected';
  requested_by: string;
  requested_at: Date;
  /** Never who asked for it. */
  decided_by: string | null;
  decided_at: Date | null;
  version: number;
}

/** One row. */
export interface SettingsCopyTable {
  singleton: Generated<boolean>;
  version: number;
  low_balance_below: number;
}

export interface PaymentTable {
  id: string;
  user_id: string;
  amount: number;
  method: Payment['method'];
  provider: string;
  status: 'pending' | 'succeeded' | 'declined';
  idempotency_key: string | null;
  /** While it is pending. */
  ask_again_at: Date | null;
  /** How often the provider was asked. */
  asked: Generated<number>;
  /** The balance right after it succeeded. */
  balance_after: number | null;
  version_after: number | null;
  created_at: Date;
  settled_at: Date | null;
  /** What opened it. No answer shows it. */
  cause: Cause | null;
}

export interface UsageRecordTable {
  device_id: string;
  user_id: string;
  /** `2026-01-31`, UTC. */
  day: string;
  minutes: number;
  cost: number;
}

/** For whom a device runs, and since when; null for nobody. */
export interface MeterTable {
  device_id: string;
  /** Of the device, when it last was heard of. */
  version: number;
  user_id: string | null;
  started_at: Date | null;
}

export interface BillingTables extends EventLogTables {
  plans: PlanTable;
  person_copies: PersonCopyTable;
  orders: OrderTable;
  order_steps: OrderStepTable;
  purchase_work: PurchaseWorkTable;
  refunds: RefundTable;
  accounts: AccountTable;
  ledger_transactions: LedgerTransactionTable;
  ledger_entries: LedgerEntryTable;
  balances: BalanceTable;
  payments: PaymentTable;
  usage_records: UsageRecordTable;
  meters: MeterTable;
  charges: ChargeTable;
  invoices: InvoiceTable;
  invoice_lines: InvoiceLineTable;
  invoice_series: InvoiceSeriesTable;
  settings_copy: SettingsCopyTable;
}

export type BillingTransaction = Transaction<BillingTables>;
