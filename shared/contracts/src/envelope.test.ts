import { CloudEvent } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import { buildEnvelope, deliveriesOf } from './envelope.ts';
import { definitionOf, EVENT_TYPES, envelopeSchema } from './event-register.ts';
import type { Device } from './services/device.ts';
import { isTag } from './tags.ts';

const ID = '0192f0c1-2345-7abc-8def-0123456789ab';
const device: Device = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'Pixel',
  model: 'P8',
  androidVersion: '14',
  status: 'running',
  lastError: null,
  ownerId: '22222222-2222-4222-8222-222222222222',
  ownerName: 'Ada',
  ownerEmail: 'ada@example.com',
  tenantId: 'acme',
  nodeName: 'node-1',
  expiresAt: null,
  version: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};
const envelope = () =>
  buildEnvelope(
    { type: 'device.started', data: device },
    { id: ID, service: 'device', time: new Date('2026-01-02T03:04:05Z') },
  );

describe('the envelope of an event', () => {
  test('is accepted by the official CloudEvents SDK', () => {
    const event = new CloudEvent(envelope(), true);
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({ source: '/services/device', subject: `device/${device.id}` });
  });

  test('names the entity, its collections and its version', () => {
    const built = envelopeSchema.parse(envelope());
    expect(built.tags.split(',')).toEqual([
      `device:${device.id}`,
      'devices',
      `devices-of:${device.ownerId}`,
    ]);
    expect(built.tags.split(',').every(isTag)).toBe(true);
    expect(built).toMatchObject({ entityversion: 3, tenantid: 'acme' });
  });

  test('refuses data that does not fit its schema', () => {
    const broken = { ...device, version: 'three' } as unknown as Device;
    const options = { id: ID, service: 'device', time: new Date() };
    expect(() => buildEnvelope({ type: 'device.started', data: broken }, options)).toThrow(
      /version/,
    );
  });
});

describe('the deliveries of an event', () => {
  test('show the owner nothing of where the phone runs, and the admins everything', () => {
    const deliveries = deliveriesOf({ type: 'device.started', data: device });
    const heardBy = Object.fromEntries(deliveries.map(({ channel, data }) => [channel, data]));
    expect(heardBy[`user:${device.ownerId}`]).toMatchObject({ id: device.id, status: 'running' });
    expect(heardBy[`user:${device.ownerId}`]).not.toHaveProperty('nodeName');
    expect(heardBy[`user:${device.ownerId}`]).not.toHaveProperty('ownerEmail');
    expect(heardBy['admin:devices:read']).toEqual(device);
  });

  test('leave out an audience that there is not', () => {
    const free = { ...device, ownerId: null };
    const heard = deliveriesOf({ type: 'device.started', data: free });
    expect(heard.some(({ channel }) => channel.startsWith('user:'))).toBe(false);
  });
});

test('every registered type is named after itself and orders by some key', () => {
  expect(EVENT_TYPES.length).toBeGreaterThan(20);
  for (const type of EVENT_TYPES) {
    expect(definitionOf(type).type).toBe(type);
    expect(type).toMatch(/^[a-z]+\.[a-z_]+$/);
  }
});
