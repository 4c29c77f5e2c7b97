import type { DomainService } from '@cloudphone/domain-service';
import { seedDemo } from './demo/seed-demo.ts';
import { appMigrations } from './migrations.ts';
import { reactions } from './reactions.ts';
import { routes } from './routes.ts';
import type { AppTables } from './schema.ts';

/** The catalogue of apps with their review, and which app is on which device. */
export const appService: DomainService<AppTables> = {
  name: 'app',
  migrations: appMigrations,
  routes,
  reactions,
  seed: seedDemo,
};
