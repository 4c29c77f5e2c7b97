import { createRelay } from '@cloudphone/event-log';
import { openEnds } from './settings.ts';

/** A candidate for the relay in a process of its own, to be killed. */
const { DATABASE_URL = '', REDIS_URL = '' } = process.env;
const { shared, postgres, store } = openEnds({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL });
await createRelay({ ...shared, postgres, store }).start();
setInterval(() => undefined, 60_000);
