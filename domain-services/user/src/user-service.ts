import type { DomainService } from '@cloudphone/domain-service';
import { userMigrations } from './migrations.ts';
import { userRoutes } from './routes.ts';
import type { UserTables } from './schema.ts';
import { seedUsers } from './seed.ts';

/** People, log-in, roles, sessions and quotas. */
export const userService: DomainService<UserTables> = {
  name: 'user',
  migrations: userMigrations,
  routes: userRoutes,
  seed: seedUsers,
};
