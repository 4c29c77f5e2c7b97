import type { EventLogTables } from '@cloudphone/event-log';

export interface DeviceTable {
  id: string;
  name: string;
  model: string;
  android_version: string;
  status: 'stopped' | 'starting' | 'running' | 'stopping' | 'error';
  last_error: string | null;
  owner_id: string | null;
  owner_name: string | null;
  owner_email: string | null;
  tenant_id: string | null;
  /** Version of the person that the owner's copies were taken from. */
  owner_version: number;
  node_name: string;
  expires_at: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  /**
   * Who is bringing a `starting` or `stopping` device to where it should be, and until when it may
   * be presumed to; null: nobody yet. No answer shows it.
   */
  work_claim: string | null;
  work_until: Date | null;
}

export interface DeviceTables extends EventLogTables {
  devices: DeviceTable;
}
