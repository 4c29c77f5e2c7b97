export type { Redis } from 'ioredis';
export type { RedisConnection, RedisOptions } from './connection.ts';
export { connectRedis, whenReady } from './connection.ts';
export type { Command } from './define-command.ts';
export { defineCommand } from './define-command.ts';
export { keys } from './keys.ts';
