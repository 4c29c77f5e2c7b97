import { type DomainService, repeatEvery } from '@cloudphone/domain-service';
import { userMigrations } from './migrations.ts';
import { userRoutes } from './routes.ts';
import type { UserTables } from './schema.ts';
import { seedUsers } from './seed.ts';
import { forgetSessions } from './sessions/forget-sessions.ts';

const AN_HOUR_MS = 3_600_000;

/** People, log-in, roles, sessions and quotas. */
export const userService: DomainService<UserTables> = {
  name: 'user',
  migrations: userMigrations,
  routes: userRoutes,
  seed: seedUsers,
  start: async (tools, lifecycle) => {
    const forgetting = { name: 'forget sessions', run: () => forgetSessions(tools) };
    repeatEvery(AN_HOUR_MS, forgetting, { ...tools, lifecycle });
  },
};
