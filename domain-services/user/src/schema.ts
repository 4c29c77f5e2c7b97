import type { EventLogTables } from '@cloudphone/event-log';
import type { Generated } from '@cloudphone/postgres';

/** One account. `version` is what others see change; `permission_version` keys cached views. */
export interface PersonTable {
  id: string;
  username: string;
  email: string;
  name: string;
  tenant_id: string;
  status: 'active' | 'suspended';
  roles: string[];
  locale: string;
  time_zone: string;
  /** Argon2id, in PHC form. Never leaves this service. */
  password_hash: string;
  permission_version: number;
  version: number;
  created_at: Date;
  updated_at: Date;
  /** When the roles last changed; null while they are the first. */
  access_changed_at: Date | null;
}

/** What is left of an account that was ended; with `is_erased`, nothing personal. */
export interface DeletedPersonTable {
  id: string;
  tenant_id: string;
  username: string | null;
  email: string | null;
  name: string | null;
  was_staff: boolean;
  is_erased: boolean;
  version: number;
  deleted_at: Date;
}

/** One log-in on one device; the family of its refresh tokens. */
export interface SessionTable {
  id: string;
  person_id: string;
  created_at: Date;
  closed_at: Date | null;
  closed_because: SessionEnd | null;
}

export type SessionEnd =
  | 'logged_out'
  | 'refresh_reused'
  | 'suspended'
  | 'password_changed'
  | 'deleted';

/** The token itself is known to its holder only. */
export interface RefreshTokenTable {
  /** SHA-256 of the token. */
  hash: Buffer;
  session_id: string;
  created_at: Date;
  expires_at: Date;
  /** Set when it was exchanged for its successor. */
  used_at: Date | null;
}

export interface SigningKeyTable {
  kid: string;
  private_jwk: Record<string, unknown>;
  public_jwk: Record<string, unknown>;
  created_at: Date;
}

export interface QuotaTable {
  user_id: string;
  devices_limit: number;
  devices_used: number;
  valid_until: Date;
  version: number;
  /** Told of already; both end when there is less in use again. */
  is_alerted: Generated<boolean>;
  is_exceeded: Generated<boolean>;
}

/** Whose a device is, as far as its events told; null: nobody's. */
export interface QuotaDeviceTable {
  device_id: string;
  owner_id: string | null;
  /** Of the device, at the event; 0 when the event named none. */
  version: number;
}

/** Deductions and restorations done, by their Idempotency-Key: none is done twice. */
export interface QuotaOperationTable {
  user_id: string;
  key: string;
  done_at: Date;
}

/** One row: this service's copy of what the settings say. */
export interface QuotaSettingsTable {
  singleton: boolean;
  alert_percent: number;
  version: number;
}

/** One try of something that may be guessed, or asked for too often. */
export interface AttemptTable {
  id: string;
  kind: AttemptKind;
  /** SHA-256 of what was tried: people type passwords where their name belongs. */
  account: Buffer;
  /** SHA-256 of where it came from. */
  address: Buffer;
  outcome: AttemptOutcome;
  at: Date;
}

export type AttemptKind = 'log_in' | 'confirm' | 'register' | 'reset_request' | 'reset';
export type AttemptOutcome = 'pending' | 'failed' | 'wrong_code' | 'succeeded';

/** E-mail addresses that a reset was asked for, whoever has them, until somebody looks. */
export interface ResetRequestTable {
  email: string;
  requested_at: Date;
}

export interface PasswordResetTable {
  id: string;
  person_id: string;
  requested_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

/** A second factor; counts once it is enabled. */
export interface TwoFactorTable {
  person_id: string;
  /** Base32. As well kept as the signing keys are: never outside this database. */
  secret: string;
  enabled_at: Date | null;
  /** Step of the last code that was taken: it and all before it are used. */
  last_step: number;
}

export interface RecoveryCodeTable {
  /** SHA-256: 80 random bits cannot be guessed from it. */
  hash: Buffer;
  person_id: string;
  used_at: Date | null;
}

export interface ActivityTable {
  person_id: string;
  seen_at: Date;
}

export interface AuditTable {
  event_id: string;
  at: Date;
  actor_id: string;
  actor_name: string | null;
  action: string;
  subject: string;
  fields: string[];
}

export interface UserTables extends EventLogTables {
  people: PersonTable;
  sessions: SessionTable;
  refresh_tokens: RefreshTokenTable;
  signing_keys: SigningKeyTable;
  quotas: QuotaTable;
  deleted_people: DeletedPersonTable;
  quota_devices: QuotaDeviceTable;
  quota_operations: QuotaOperationTable;
  quota_settings: QuotaSettingsTable;
  attempts: AttemptTable;
  reset_requests: ResetRequestTable;
  password_resets: PasswordResetTable;
  two_factor: TwoFactorTable;
  recovery_codes: RecoveryCodeTable;
  activity: ActivityTable;
  audit: AuditTable;
}
