import type { InstallationState } from '@cloudphone/contracts';
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

/** Every version that was ever the current one. */
export interface AppVersionTable {
  app_id: string;
  app_version: string;
  published_at: Date;
}

/** An app on a device, or on its way there; the row goes when the app does. */
export interface InstallationTable {
  id: string;
  device_id: string;
  app_id: string;
  /** The app's name and package when it was asked for: a renamed app changes no installation. */
  app_name: string;
  package_name: string;
  /** What is there; while `requested`, what will be. */
  app_version: string;
  /** What it is `updating` to. */
  target_version: string | null;
  state: InstallationState;
  error: string | null;
  /** Whose device it was when it was asked for: decides who is told, and no answer shows it. */
  owner_id: string | null;
  version: number;
  requested_at: Date;
  installed_at: Date | null;
  /** Since when the device service owes an answer; null when it owes none. */
  asked_at: Date | null;
}

export interface AppTables extends EventLogTables {
  apps: AppTable;
  app_versions: AppVersionTable;
  installations: InstallationTable;
}

export type AppTransaction = Transaction<AppTables>;
