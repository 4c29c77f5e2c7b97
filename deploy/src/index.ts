export { type Bundle, type BundleRequest, bundle } from './build/bundle.ts';
export { runCampaign } from './campaign/run-campaign.ts';
export {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from './engines/postgres/start-postgres.ts';
export { type RedisOptions, type RedisServer, startRedis } from './engines/redis/start-redis.ts';
export { temporaryFolder } from './engines/temporary-folder.ts';
export { endLeftoversUnder } from './launcher/end-leftovers-under.ts';
export { type Interruption, watchInterruption } from './launcher/interruption.ts';
export { type PlatformEngine, withDatabase } from './launcher/platform-engines.ts';
export type { PlatformOptions } from './launcher/platform-options.ts';
export type { PlatformProcess } from './launcher/platform-process.ts';
export { runSeed } from './launcher/run-seed.ts';
export { runStart } from './launcher/run-start.ts';
export { type Platform, startPlatform } from './launcher/start-platform.ts';
export { claimFolder, findFolderOwner } from './processes/folder-claim.ts';
export { freePort } from './processes/free-port.ts';
export { type ServerProcess, startServer } from './processes/server-process.ts';
