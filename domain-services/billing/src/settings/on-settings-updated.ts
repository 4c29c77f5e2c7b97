import { defineReaction } from '@cloudphone/event-log';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';

/** Takes over what the settings call a low balance; older settings than the known change nothing. */
export const onSettingsUpdated = defineReaction<'system.settings_updated', BillingTables>({
  on: 'system.settings_updated',
  name: 'copy-low-balance-threshold',
  run: async ({ data: settings, envelope }, tx) => {
    const threshold = settings.lowBalanceBelow.amount;
    const known = await tx
      .selectFrom('settings_copy')
      .selectAll()
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (settings.version <= known.version) return [];
    await tx
      .updateTable('settings_copy')
      .set({ version: settings.version, low_balance_below: threshold })
      .execute();
    if (threshold === known.low_balance_below) return [];
    const data = { lowBalanceBelow: moneyOf(threshold), at: envelope.time };
    return [{ type: 'billing.threshold_changed', data }];
  },
});
