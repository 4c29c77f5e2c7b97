import { type DomainService, repeatEvery } from '@cloudphone/domain-service';
import { seedDemo } from './demo/seed-demo.ts';
import { endUnanswered } from './installations/end-unanswered.ts';
import { appMigrations } from './migrations.ts';
import { reactions } from './reactions.ts';
import { routes } from './routes.ts';
import type { AppTables } from './schema.ts';
import { type AppSettings, DEFAULT_SETTINGS } from './settings.ts';

/** The catalogue of apps with their review, and which app is on which device. */
export function appService(changes: Partial<AppSettings> = {}): DomainService<AppTables> {
  const settings = { ...DEFAULT_SETTINGS, ...changes };
  return {
    name: 'app',
    migrations: appMigrations,
    routes,
    reactions,
    seed: seedDemo,
    start: async (tools, lifecycle) => {
      const run = () => endUnanswered(tools, settings.answerTimeoutMs);
      const chore = { name: 'requests that nobody answered', run };
      repeatEvery(settings.lookEveryMs, chore, { ...tools, lifecycle });
    },
  };
}
