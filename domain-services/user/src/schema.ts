import type { EventLogTables } from '@cloudphone/event-log';

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
}

/** One log-in on one device; the family of its refresh tokens. */
export interface SessionTable {
  id: string;
  person_id: string;
  created_at: Date;
  closed_at: Date | null;
  closed_because: SessionEnd | null;
}

export type SessionEnd = 'logged_out' | 'refresh_reused' | 'suspended' | 'password_changed';

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
}

export interface UserTables extends EventLogTables {
  people: PersonTable;
  sessions: SessionTable;
  refresh_tokens: RefreshTokenTable;
  signing_keys: SigningKeyTable;
  quotas: QuotaTable;
}
