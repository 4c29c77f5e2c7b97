import { notificationCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, versionConflict } from '@cloudphone/errors';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { IANAZone } from 'luxon';
import type { NotificationTables } from '../schema.ts';
import { findPreferences } from './present-preferences.ts';
import { writePreferences } from './write-preferences.ts';

export function getPreferencesRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.getPreferences, async ({ params: { userId } }) => {
    const preferences = await findPreferences(db, userId);
    return {
      body: preferences,
      tags: [{ tag: tags.preferencesOf(userId), version: preferences.version }],
      etagVersion: preferences.version,
    };
  });
}

export function updatePreferencesRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.updatePreferences, async ({ params, body, headers }) => {
    const { userId } = params;
    const expected = parseIfMatch(headers);
    if (body.timeZone !== null && !IANAZone.isValidZone(body.timeZone)) {
      throw invalidInput([{ path: 'body.timeZone', message: 'is no time zone' }]);
    }
    const { result, eventIds } = await writer.write(async (tx) => {
      const now = new Date(clock.now());
      const { preferences } = await writePreferences(tx, { userId, now }, (before) => {
        if (expected !== undefined && expected !== before.version) {
          throw versionConflict('preferences', userId, before.version);
        }
        return body;
      });
      return {
        result: preferences,
        events: [{ type: 'user.preferences_updated', data: preferences }],
      };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
