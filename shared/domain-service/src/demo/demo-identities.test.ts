import { describe, expect, test } from 'vitest';
import { demoDevicesOf } from './demo-devices.ts';
import { DEMO_STAFF, demoPerson, demoStaff } from './demo-people.ts';

describe('demo identities', () => {
  test('are the same in every process: ids are pinned', () => {
    expect(demoPerson(1).id).toBe('151f4e9a-8909-5fb1-9597-54cb54abaebb');
    expect(demoStaff('admin').id).toBe('08551d28-2cfb-5050-95eb-c968f69de801');
    expect(demoDevicesOf(1)[0]?.id).toBe('3415f849-2e07-5a02-a0c4-dc8b5e2f3fbe');
  });

  test('ten thousand people and their devices share no id, user name or address', () => {
    const people = [
      ...DEMO_STAFF,
      ...Array.from({ length: 10_000 }, (_, at) => demoPerson(at + 1)),
    ];
    const devices = Array.from({ length: 10_000 }, (_, at) => demoDevicesOf(at + 1)).flat();
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
    expect(new Set(people.map(({ username }) => username)).size).toBe(people.length);
    expect(new Set(people.map(({ email }) => email)).size).toBe(people.length);
    expect(new Set(devices.map(({ id }) => id)).size).toBe(30_000);
    expect(new Set(devices.map(({ name }) => name)).size).toBe(30_000);
  });

  test('some devices expire within a week and some do not; every state is there', () => {
    const devices = Array.from({ length: 200 }, (_, at) => demoDevicesOf(at + 1)).flat();
    expect(devices.some((device) => device.expiresInDays <= 7)).toBe(true);
    expect(devices.some((device) => device.expiresInDays > 7)).toBe(true);
    expect(new Set(devices.map(({ status }) => status))).toEqual(
      new Set(['running', 'stopped', 'error']),
    );
  });
});
