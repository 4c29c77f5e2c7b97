import { describe, expect, test } from 'vitest';
import { SERVICE_CALLS } from './service-calls.ts';
import { campaignCalls } from './services/campaigns.ts';
import { deadLetterCalls } from './services/dead-letters.ts';
import { deliveryChannelCalls } from './services/delivery-channels.ts';
import { inboxCalls } from './services/inbox.ts';
import { settingsCalls } from './services/settings.ts';
import { templateCalls } from './services/templates.ts';

describe('the calls of the services', () => {
  test.each(Object.entries(SERVICE_CALLS))('%s: a call has the name of its key', (_, calls) => {
    expect(Object.values(calls).map(({ name }) => name)).toEqual(Object.keys(calls));
  });

  test.each(Object.entries(SERVICE_CALLS))('%s: no two share a method and path', (_, calls) => {
    const places = Object.values(calls).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  test('families that are spread into one service hide none of each other’s calls', () => {
    const families = [
      campaignCalls,
      deadLetterCalls('notification'),
      deliveryChannelCalls,
      inboxCalls,
      settingsCalls,
      templateCalls,
    ];
    const names = families.flatMap((calls) => Object.keys(calls));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});
