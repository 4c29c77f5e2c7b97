import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channels, parseChannel } from './channels.ts';
import { permissionsOf, ROLE_NAMES } from './permissions.ts';
import { formatEventToken, formatPosition, parseConsistencyToken } from './position.ts';
import { formatCacheTags, parseCacheTags } from './tags.ts';

const uuid = fc.uuid();

describe('a consistency token', () => {
  test('reads back as the position that it was written from', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), fc.nat(), (epoch, seq) => {
        const read = parseConsistencyToken(formatPosition({ epoch, seq }));
        expect(read).toEqual({ kind: 'position', position: { epoch, seq } });
      }),
    );
  });

  test('reads back as the event that it was written from', () => {
    fc.assert(
      fc.property(uuid, (eventId) => {
        expect(parseConsistencyToken(formatEventToken(eventId))).toEqual({
          kind: 'event',
          eventId,
        });
      }),
    );
  });

  test.each(['', '.', 'a.', '.5', 'a.-1', 'a.1e3', 'a b.1', 'id:', `${'x'.repeat(41)}.1`])(
    'is none when it reads %j',
    (text) => {
      expect(parseConsistencyToken(text)).toBeUndefined();
    },
  );
});

describe('Cache-Tags', () => {
  test('read back as they were written, versions included', () => {
    const reads = [{ tag: 'device:7', version: 12 }, { tag: 'devices-of:42' }, { tag: 'devices' }];
    expect(formatCacheTags(reads)).toBe('device:7;v=12, devices-of:42, devices');
    expect(parseCacheTags(formatCacheTags(reads))).toEqual(reads);
  });

  test('refuse what is not a tag, quoting it', () => {
    expect(() => parseCacheTags('device:7, what is this')).toThrow(
      'not a cache tag: "what is this"',
    );
  });
});

describe('a channel', () => {
  test.each([
    [channels.user, 'user'],
    [channels.device, 'device'],
    [channels.adminDevice, 'admin-device'],
    [channels.campaign, 'campaign'],
  ] as const)('of an id is recognised', (name, kind) => {
    fc.assert(
      fc.property(uuid, (id) => {
        expect(parseChannel(name(id))).toEqual({ kind, id });
      }),
    );
  });

  test('of a permission, of all admins and of all people are recognised', () => {
    expect(parseChannel(channels.adminWith('users:read'))).toEqual({
      kind: 'admin-with',
      permission: 'users:read',
    });
    expect(parseChannel('admin')).toEqual({ kind: 'admin' });
    expect(parseChannel('broadcast')).toEqual({ kind: 'broadcast' });
  });

  test.each(['', 'user:', 'user:1', 'user:*', 'admin:device:', 'x', 'user:1\nadmin'])(
    'is none when it reads %j',
    (text) => {
      expect(parseChannel(text)).toBeUndefined();
    },
  );
});

test('every role grants registered permissions, and a customer none', () => {
  for (const role of ROLE_NAMES) expect(permissionsOf([role])).toEqual(expect.any(Array));
  expect(permissionsOf(['customer'])).toEqual([]);
  expect(permissionsOf(['support']).every((permission) => permission.endsWith(':read'))).toBe(true);
  expect(permissionsOf(['support', 'finance'])).toContain('refunds:write');
});
