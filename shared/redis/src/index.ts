export type { Redis } from 'ioredis';
export type { RedisConnection, RedisOptions } from './connection.ts';
export { connectRedis, giveTimeToConnect, whenReady } from './connection.ts';
export type { Command } from './define-command.ts';
export { defineCommand } from './define-command.ts';
export type { Claimed, IdempotencyStore } from './idempotency/idempotency-store.ts';
export { createIdempotencyStore } from './idempotency/idempotency-store.ts';
export { keys } from './keys.ts';
export type {
  CampaignLedger,
  LedgerRebuild,
} from './ledger/campaign-ledger.ts';
export { createCampaignLedger } from './ledger/campaign-ledger.ts';
export type {
  Claim,
  ClaimTerms,
  Commit,
  CommitEnd,
  CommittedRecipient,
  LedgerFence,
  LedgerRange,
} from './ledger/claims.ts';
export type { LedgerMode, LedgerProgress, StateCounts } from './ledger/ledger-progress.ts';
export type { CommittedState, RecipientState } from './ledger/recipient-states.ts';
export {
  isTerminalState,
  RECIPIENT_STATES,
  readRecipientByte,
} from './ledger/recipient-states.ts';
export type { Bucket, Taken } from './limits/buckets.ts';
export { holdBack, takeFromBuckets } from './limits/buckets.ts';
export { takeFromWindow } from './limits/take-from-window.ts';
export type { LogClock, LogPosition } from './log/log-clock.ts';
export type { AppendedRow, NewLogRow, StoredLogRow } from './log/log-rows.ts';
export { MAX_ROW_BYTES, refusalOf } from './log/log-rows.ts';
export type { LogStore } from './log/log-store.ts';
export {
  createLogStore,
  MAX_APPEND_ROWS,
  SEEN_EVENT_LIFETIME_MS,
  WATERMARK_LIFETIME_MS,
} from './log/log-store.ts';
export { redisFailure } from './redis-failure.ts';
export { requireNoEviction } from './require-no-eviction.ts';
export type { SessionRows } from './sessions/session-rows.ts';
export { createSessionRows } from './sessions/session-rows.ts';
export { takeTurn } from './turns/take-turn.ts';
export type { RedisViewStore } from './views/view-store.ts';
export { createViewStore } from './views/view-store.ts';
