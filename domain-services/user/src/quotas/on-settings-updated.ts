import { defineReaction } from '@cloudphone/event-log';
import type { UserTables } from '../schema.ts';

/** Copies the share that alerts are told at. It shows in no answer; quotas meet it as they change. */
export const onSettingsUpdated = defineReaction<'system.settings_updated', UserTables>({
  on: 'system.settings_updated',
  name: 'copy-quota-alert-percent',
  run: async ({ data }, tx) => {
    const copy = { alert_percent: data.quotaAlertPercent, version: data.version };
    await tx
      .insertInto('quota_settings')
      .values({ singleton: true, ...copy })
      .onConflict((conflict) =>
        conflict
          .column('singleton')
          .doUpdateSet(copy)
          .where('quota_settings.version', '<', data.version),
      )
      .execute();
    return [];
  },
});
