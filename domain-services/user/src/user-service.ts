import { type DomainService, repeatEvery } from '@cloudphone/domain-service';
import { forgetAttempts } from './attempts/attempts.ts';
import { forgetAudit } from './audit/list-audit.ts';
import { userMigrations } from './migrations.ts';
import { createResetRequests, forgetResets } from './passwords/reset-requests.ts';
import { forgetOperations } from './quotas/change-quota.ts';
import { userReactions } from './reactions.ts';
import { userRoutes } from './routes.ts';
import type { UserTables } from './schema.ts';
import { seedUsers } from './seed.ts';
import { forgetSessions } from './sessions/forget-sessions.ts';
import { createSigningKeys } from './sessions/signing-keys.ts';

const AN_HOUR_MS = 3_600_000;
/** Resets that were asked for of a process that died are found after so long. */
const RESETS_MS = 10_000;

/** People, log-in, roles, sessions, quotas and what staff did. */
export const userService: DomainService<UserTables> = {
  name: 'user',
  migrations: userMigrations,
  routes: userRoutes,
  reactions: () => userReactions,
  seed: seedUsers,
  start: async (tools, lifecycle) => {
    const each = { ...tools, lifecycle };
    const keys = createSigningKeys(tools);
    const resets = createResetRequests(tools);
    repeatEvery(AN_HOUR_MS, { name: 'forget sessions', run: () => forgetSessions(tools) }, each);
    repeatEvery(AN_HOUR_MS, { name: 'forget attempts', run: () => forgetAttempts(tools) }, each);
    repeatEvery(AN_HOUR_MS, { name: 'forget resets', run: () => forgetResets(tools) }, each);
    repeatEvery(
      AN_HOUR_MS,
      { name: 'forget operations', run: () => forgetOperations(tools) },
      each,
    );
    repeatEvery(AN_HOUR_MS, { name: 'forget audit', run: () => forgetAudit(tools) }, each);
    repeatEvery(AN_HOUR_MS, { name: 'rotate signing keys', run: keys.rotate }, each);
    repeatEvery(RESETS_MS, { name: 'look at resets', run: resets.drain }, each);
  },
};
