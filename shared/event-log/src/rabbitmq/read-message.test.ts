import { randomUUID } from 'node:crypto';
import { definitionOf } from '@cloudphone/contracts';
import { CloudEvent } from 'cloudevents';
import { expect, test } from 'vitest';
import { readMessage } from './read-message.ts';

const NOW_MS = Date.parse('2026-01-02T03:04:05.000Z');
const read = (body: unknown, rest: { messageId?: string; routingKey?: string } = {}) =>
  readMessage(
    {
      content: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      routingKey: rest.routingKey ?? 'media.uploaded',
      messageId: rest.messageId,
      appId: 'media',
    },
    NOW_MS,
  );
const deleted = {
  id: randomUUID(),
  tenantId: 't',
  erase: false,
  version: 3,
  at: '2026-01-01T00:00:00.000Z',
};
const event = (over: object) => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/legacy/users',
  type: 'user.deleted',
  data: deleted,
  ...over,
});

test('a registered event gets the subject and the tags of the register, whatever it claims', () => {
  const sent = event({ tags: 'orders', subject: 'order/1' });
  const envelope = read(sent);
  expect(envelope).toMatchObject({
    id: sent.id,
    source: '/legacy/users',
    subject: `user/${deleted.id}`,
    tags: definitionOf('user.deleted').tags(deleted).join(),
    via: 'rabbitmq',
    time: '2026-01-02T03:04:05.000Z',
  });
  expect(() => new CloudEvent(envelope).validate()).not.toThrow();
});

test('a type that is not registered is carried with the tags it names', () => {
  const sent = event({
    type: 'media.uploaded',
    data: { file: 'a.png' },
    tags: 'devices,NOT A TAG',
  });
  expect(read(sent)).toMatchObject({
    type: 'media.uploaded',
    tags: 'devices',
    data: { file: 'a.png' },
  });
});

test('plain JSON is an event whose type is the routing key and whose id is the message’s', () => {
  const id = randomUUID();
  expect(read({ file: 'a.png' }, { messageId: id })).toMatchObject({
    id,
    type: 'media.uploaded',
    source: '/rabbitmq/media',
    data: { file: 'a.png' },
  });
});

test('an id that is no UUID becomes one that is the same every time, for its source alone', () => {
  const once = read({ a: 1 }, { messageId: 'upload-7' });
  const again = read({ a: 2 }, { messageId: 'upload-7' });
  const elsewhere = read(event({ id: 'upload-7', type: 'media.uploaded', data: {} }));
  expect(again.id).toBe(once.id);
  expect(elsewhere.id).not.toBe(once.id);
  expect(once).toMatchObject({ foreignid: 'upload-7' });
});

test.each([
  ['text', 'hello', 'message'],
  ['a list', [1], 'message'],
  ['no id', { a: 1 }, 'id'],
  ['a type that is none', event({ type: 'UPLOADED' }), 'type'],
  ['data of another shape', event({ data: { ...deleted, version: 'three' } }), 'version'],
  ['more than it may hold', { a: 'x'.repeat(300_000) }, 'message'],
])('%s is refused, and said where', (_, body, path) => {
  expect(() => read(body)).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      issues: expect.arrayContaining([expect.objectContaining({ path })]),
    }),
  );
});
