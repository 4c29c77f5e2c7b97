import type { EventLogTables } from '@cloudphone/event-log';
import type { Transaction } from '@cloudphone/postgres';

export type ReviewStatus = 'pending' | 'approved' | 'rejected';

export interface AppTable {
  id: string;
  package_name: string;
  name: string;
  category: string;
  current_version: string;
  review_status: ReviewStatus;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** An app on a device; the row goes when the app does. */
export interface InstallationTable {
  id: string;
  device_id: string;
  app_id: string;
  /** The app's version when it was installed. */
  app_version: string;
  /** Whose device it is: a copy that decides who is told, and no answer shows. */
  owner_id: string | null;
  version: number;
  installed_at: Date;
}

export interface AppTables extends EventLogTables {
  apps: AppTable;
  installations: InstallationTable;
}

export type AppTransaction = Transaction<AppTables>;
