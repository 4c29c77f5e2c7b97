import { Parser } from '@asyncapi/parser';
import { buildAsyncApi, EVENT_TYPES, EVENTS } from '@cloudphone/contracts';
import { expect, test } from 'vitest';

const document = buildAsyncApi('1.0.0');

test('AsyncAPI’s own parser accepts the document', async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  const errors = diagnostics.filter(({ severity }) => severity === 0);
  expect(errors.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
  expect(parsed?.channels().all().length).toBe(Object.keys(document.channels).length);
});

test('every type is a message of the log', () => {
  expect(Object.keys(document.channels.log?.messages ?? {})).toEqual(EVENT_TYPES);
});

test('a channel’s messages show the members of its audience and no other', () => {
  const payload = document.components.messages['device.started.on.user']?.payload as {
    readonly properties: { readonly data: { readonly properties: object } };
  };
  const owners = EVENTS['device.started'].audiences[0]?.fields;
  expect(Object.keys(payload.properties.data.properties)).toEqual(owners);
});
