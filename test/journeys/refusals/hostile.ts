import { HEADERS } from '@cloudphone/contracts';
import { until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { askRaw } from './ask-raw.ts';
import { expectRefusal, sameForAll } from './refusal.ts';
import type { World } from './world.ts';

const IN_A_HEADER = 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\nX-Injected: b\r\n\r\n';
const TWO_LENGTHS =
  'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n' +
  'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n';

export function describeHostile(world: () => World): void {
  describe('a request that is up to no good', () => {
    test.each([
      ['with steps upwards', '/admin/plans/../users', 'not_found'],
      ['with encoded steps upwards', '/admin/plans/%2e%2e/users', 'not_found'],
      ['with a slash inside an id', '/admin/orders/a%2f..%2fplans', 'not_found'],
      ['with steps upwards inside an id', '/admin/orders/..%2f..%2fplans', 'not_found'],
      ['with U+0000 inside an id', '/admin/orders/a%00b', 'not_found'],
      ['with two slashes', '//admin/plans', 'not_found'],
      ['with bytes that are no text', '/admin/orders/%ff', 'bad_request'],
      ['with half an escape', '/admin/orders/%zz', 'bad_request'],
      ['to a route that only a service has', '/low-balance-count', 'not_found'],
      ['to another service’s route', '/admin/plans/../../quotas', 'not_found'],
    ] as const)('%s → is refused', async (_what, path, code) => {
      expectRefusal(await world().asAdmin('GET', path), path, { code });
    });

    test.each([
      ['with a header in a header', IN_A_HEADER, 'bad_request'],
      ['with two lengths', TWO_LENGTHS, 'bad_request'],
      ['with an address without end', `GET /?q=${'a'.repeat(20_000)}`, 'head_too_large'],
      ['that is none', 'nobody\r\n\r\n', 'bad_request'],
    ] as const)('%s → is refused before any route sees it', async (_what, bytes, code) => {
      expectRefusal(await askRaw(world().user.url, bytes), '', { code });
    });

    test('with an identity for services → is answered for whoever its token names', async () => {
      const headers = { [HEADERS.internalIdentity]: 'bm9ib2R5.bm9ib2R5' };
      for (const path of ['/me/balance', '/me/home', '/auth/me']) {
        // Again where one of the two lacked a part: somebody was out of breath.
        await until(async () => {
          const { json: plain } = await world().asPerson('GET', path);
          const reply = await world().asPerson('GET', path, { headers });
          expect([reply.status, reply.json]).toEqual([200, plain]);
          return true;
        });
      }
    });

    test.each([
      ['a member given twice', '?limit=2', '?limit=1&limit=2', 'query.limit'],
      ['a member that nobody knows', '?limit=3', '?limit=3&nobody=1', 'query.nobody'],
    ])('with %s, of a view in memory → is refused all the same', async (...given) => {
      const [, kept, asked, issue] = given;
      await untilInMemory(`/admin/users${kept}`);
      const reply = await world().asAdmin('GET', `/admin/users${asked}`);
      expectRefusal(reply, '/admin/users', { code: 'invalid_input', issues: [issue] });
    });

    test('with an id of its path in the query, of a view in memory → is refused all the same', async () => {
      const { id } = await somebodyElses('/admin/devices', 'ownerId');
      const path = `/admin/devices/${id}/complete-info`;
      await untilInMemory(path);
      const reply = await world().asAdmin('GET', `${path}?deviceId=nobody`);
      expectRefusal(reply, path, { code: 'invalid_input', issues: ['query.deviceId'] });
    });

    test('with thousands of wrong ids → is told of two hundred, and how many more', async () => {
      const userIds = Array.from({ length: 50_000 }, () => 'nobody');
      const body = { userIds, templateCode: 'nobody.knows' };
      const reply = await world().asAdmin('POST', '/notifications/bulk', { body });
      const issues = ['body.userIds.0', 'body.userIds.199'];
      expectRefusal(reply, '/notifications/bulk', { code: 'invalid_input', issues });
      expect(reply.json?.issues).toHaveLength(201);
    });
  });

  describe('what is somebody else’s', () => {
    test.each([
      ['GET', '/me/devices/{id}', '/admin/devices', 'ownerId'],
      ['POST', '/me/devices/{id}/start', '/admin/devices', 'ownerId'],
      ['POST', '/me/devices/{id}/stop', '/admin/devices', 'ownerId'],
      ['GET', '/me/orders/{id}', '/admin/orders', 'userId'],
    ])('%s %s → reads as what is not there', async (method, address, list, owner) => {
      const foreign = await somebodyElses(list, owner);
      const at = (id = '') => address.replace('{id}', id);
      const reply = await world().asPerson(method, at(foreign.id));
      const absent = await world().asPerson(method, at('00000000-0000-4000-8000-000000000000'));
      expectRefusal(reply, at(foreign.id), { code: 'not_found' });
      expect(sameForAll(reply)).toEqual(sameForAll(absent));
    });

    test('a notification → cannot be read, nor told from one that is not there', async () => {
      const path = '/me/notifications/00000000-0000-4000-8000-000000000000/read';
      const others = await notificationOfSomebodyElse();
      const reply = await world().asPerson('POST', `/me/notifications/${others}/read`);
      expectRefusal(reply, `/me/notifications/${others}/read`, { code: 'not_found' });
      expect(sameForAll(reply)).toEqual(sameForAll(await world().asPerson('POST', path)));
    });
  });

  type Item = Readonly<Record<string, string>>;

  function untilInMemory(path: string) {
    return until(async () => {
      const { headers } = await world().asAdmin('GET', path);
      return String(headers['cache-status']).includes('detail=memory');
    });
  }

  async function somebodyElses(list: string, owner: string): Promise<Item> {
    const me = await myId();
    const { json } = await world().asAdmin('GET', `${list}?limit=200`);
    const items = (json?.items ?? []) as Item[];
    const found = items.find((item) => item[owner] !== null && item[owner] !== me);
    if (found === undefined) throw new Error(`nobody else has one of ${list}`);
    return found;
  }

  async function myId(): Promise<string> {
    const { json } = await world().asPerson('GET', '/auth/me');
    return (json?.user as Item | undefined)?.id ?? '';
  }

  async function notificationOfSomebodyElse(): Promise<string> {
    const me = await myId();
    const { json } = await world().asAdmin('GET', '/admin/users?limit=200');
    for (const { id } of (json?.items ?? []) as Item[]) {
      if (id === me) continue;
      const { json: seen } = await world().asAdmin('GET', `/admin/users/${id}/overview`);
      const [first] = (seen?.notifications ?? []) as Item[];
      if (first?.id !== undefined) return first.id;
    }
    throw new Error('nobody has a notification');
  }
}
