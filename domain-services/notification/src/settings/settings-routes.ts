import { notificationCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, versionConflict } from '@cloudphone/errors';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { asJson } from '../json-column.ts';
import type { NotificationTables } from '../schema.ts';
import { findSettings, presentSettings } from './find-settings.ts';

export function getSettingsRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.getSettings, async () => {
    const settings = await findSettings(db);
    const { version } = settings;
    return { body: settings, tags: [{ tag: tags.settings(), version }], etagVersion: version };
  });
}

/** The whole of them. Other services keep what concerns them by the event. */
export function updateSettingsRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.updateSettings, async ({ body, headers }) => {
    const expected = parseIfMatch(headers);
    if (!body.locales.includes(body.defaultLocale)) {
      const message = 'is not among the locales';
      throw invalidInput([{ path: 'body.defaultLocale', message }]);
    }
    const { result, eventIds } = await writer.write(async (tx) => {
      const { version } = await tx
        .selectFrom('settings')
        .select('version')
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (expected !== undefined && expected !== version) {
        throw versionConflict('settings', 'platform', version);
      }
      const row = await tx
        .updateTable('settings')
        .set({
          low_balance_below: asJson(body.lowBalanceBelow),
          quota_alert_percent: body.quotaAlertPercent,
          locales: [...new Set(body.locales)],
          default_locale: body.defaultLocale,
          sender_name: body.senderName,
          quiet_hours: body.quietHours === null ? null : asJson(body.quietHours),
          version: version + 1,
          updated_at: new Date(clock.now()),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const settings = presentSettings(row);
      return { result: settings, events: [{ type: 'system.settings_updated', data: settings }] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
