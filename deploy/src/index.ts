export {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from './engines/postgres/start-postgres.ts';
export { type RedisOptions, type RedisServer, startRedis } from './engines/redis/start-redis.ts';
export { freePort } from './processes/free-port.ts';
