import type { DeviceStatus, EventBody } from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import type { Generated } from '@cloudphone/postgres';
import type { Cause } from '@cloudphone/runtime';

export interface DeviceTable {
  id: string;
  name: string;
  model: string;
  android_version: string;
  status: DeviceStatus;
  last_error: string | null;
  owner_id: string | null;
  owner_name: string | null;
  owner_email: string | null;
  tenant_id: string | null;
  /** Version of the person that the owner's copies were taken from. */
  owner_version: number;
  /** Whose place it takes, until it is deleted. */
  node_name: string;
  /** The order that it was allocated for, or is being created for; no answer shows it. */
  order_id: string | null;
  /** When the provider had created it; null while it is `creating`. */
  made_at: Date | null;
  expires_at: Date | null;
  /** What its owner was told of its end: 7 or 1 days before, or 0, that it is over. */
  expiry_told: number | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  /**
   * Who is bringing a device on that something was asked of, and until when it may be presumed to;
   * null: nobody yet. No answer shows it.
   */
  work_claim: string | null;
  work_until: Date | null;
  /** Of what was asked of it last. No answer shows it. */
  cause: Cause | null;
}

export interface NodeTable {
  name: string;
  capacity: number;
  /** Devices that take a place; the database refuses more than `capacity`. */
  used: number;
  is_draining: boolean;
  version: number;
  updated_at: Date;
}

/** What events said of a person last; whoever was never told of has no row. */
export interface PersonTable {
  id: string;
  name: string | null;
  email: string | null;
  tenant_id: string | null;
  version: number;
  /** Nothing is given to them any more. */
  is_deleted: boolean;
}

export type AllocationStatus = 'creating' | 'allocated' | 'failed' | 'ended';

/** The devices of one order. */
export interface AllocationTable {
  order_id: string;
  /** Null where an order ended before it was paid for. */
  user_id: string | null;
  /** What the order said of the person; null when nothing is to be given any more. */
  user_name: string | null;
  user_email: string | null;
  tenant_id: string | null;
  quantity: number;
  duration_days: number;
  status: AllocationStatus;
  updated_at: Date;
}

/** Something to be done to the apps on a device, one after the other. */
export interface AppWorkTable {
  /** Smaller ones of a device come first. */
  id: Generated<number>;
  device_id: string;
  kind: 'install' | 'uninstall' | 'wipe';
  /** The event's data; null for `wipe`. JSON text on its way in. */
  request: EventBody<'app.install_requested'> | string | null;
  attempts: Generated<number>;
  not_before: Date | null;
  work_claim: string | null;
  work_until: Date | null;
  cause: Cause | null;
}

export interface DeviceTables extends EventLogTables {
  devices: DeviceTable;
  nodes: NodeTable;
  /** One row: who changes what nodes hold locks it, last of all it locks. */
  pool: { singleton: boolean; is_low: boolean };
  people: PersonTable;
  allocations: AllocationTable;
  app_work: AppWorkTable;
}
