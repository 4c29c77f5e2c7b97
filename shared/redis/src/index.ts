export type { Redis } from 'ioredis';
export type { RedisConnection, RedisOptions } from './connection.ts';
export { connectRedis, whenReady } from './connection.ts';
export type { Command } from './define-command.ts';
export { defineCommand } from './define-command.ts';
export { keys } from './keys.ts';
export type {
  CampaignLedger,
  Claim,
  CommittedRecipient,
  LedgerFence,
  LedgerRange,
} from './ledger/campaign-ledger.ts';
export { createCampaignLedger } from './ledger/campaign-ledger.ts';
export type { LedgerMode, LedgerProgress, StateCounts } from './ledger/ledger-progress.ts';
export type { CommittedState, RecipientState } from './ledger/recipient-states.ts';
export {
  isTerminalState,
  RECIPIENT_STATES,
  readRecipientByte,
} from './ledger/recipient-states.ts';
