import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { suppressionSchema } from '../services/delivery-channels.ts';
import { preferencesSchema } from '../services/preferences.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

const suppressionEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: suppressionSchema,
    subject: (suppression) => `suppression/${suppression.id}`,
    key: (suppression) => `suppression:${suppression.id}`,
    tags: () => [tags.suppressions()],
    audiences: [
      {
        channel: () => channels.adminWith('campaigns:read'),
        fields: ['id', 'channel', 'code', 'createdAt'],
      },
    ],
  });

export const preferenceEvents = {
  'user.preferences_updated': defineEvent({
    type: 'user.preferences_updated',
    data: preferencesSchema,
    subject: (preferences) => `user/${preferences.userId}`,
    key: (preferences) => `preferences:${preferences.userId}`,
    tags: (preferences) => [
      tags.preferencesOf(preferences.userId),
      tags.notificationsOf(preferences.userId),
    ],
    audiences: [
      {
        channel: (preferences) => channels.user(preferences.userId),
        fields: [
          'channels',
          'quietHours',
          'locale',
          'timeZone',
          'phone',
          'promotionsPerDay',
          'version',
          'updatedAt',
        ],
      },
    ],
  }),
  /** With the person: they are as if never written. */
  'user.preferences_erased': defineEvent({
    type: 'user.preferences_erased',
    data: z.object({ userId: idSchema, at: timeSchema }),
    subject: (erased) => `user/${erased.userId}`,
    key: (erased) => `preferences:${erased.userId}`,
    tags: (erased) => [tags.preferencesOf(erased.userId)],
  }),
  'suppression.created': suppressionEvent('suppression.created'),
  'suppression.removed': suppressionEvent('suppression.removed'),
} as const;
