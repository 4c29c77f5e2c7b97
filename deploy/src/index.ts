export { endEnginesUnder } from './engines/end-engines-under.ts';
export {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from './engines/postgres/start-postgres.ts';
export { type RedisOptions, type RedisServer, startRedis } from './engines/redis/start-redis.ts';
export { claimFolder, findFolderOwner } from './processes/folder-claim.ts';
export { freePort } from './processes/free-port.ts';
