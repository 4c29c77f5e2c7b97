export { freePort } from '@cloudphone/deploy';
export { noteToldEvent } from './note-told-event.ts';
export { testFolder } from './test-folder.ts';
export { type TestPostgres, testPostgres } from './test-postgres.ts';
export { type TestProgram, testProgram } from './test-program.ts';
export { type TestRabbit, testRabbit } from './test-rabbit.ts';
export { type TestRedis, type TestRedisOptions, testRedis } from './test-redis.ts';
export { type Patience, until } from './until.ts';
export { whenDone } from './when-done.ts';
