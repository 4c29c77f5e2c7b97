import { HEADERS } from '@cloudphone/contracts';
import { until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from './refusal.ts';
import type { World } from './world.ts';

type Item = Readonly<Record<string, string>>;
const MAINTENANCE = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T01:00:00Z' };

export function describeConflicts(world: () => World): void {
  describe('a change that the present state does not allow', () => {
    test('of a person, based on an old version → names the current one', async () => {
      const person = await personNamed('user002');
      const path = `/admin/users/${person.id}`;
      const rename = (name: string, version: unknown) =>
        world().asAdmin('PATCH', path, {
          body: { name },
          headers: { 'if-match': `"${version}"` },
        });
      const changed = await rename(`Renamed ${Date.now()}`, person.version);
      expect(changed.status).toBe(200);
      const reply = await rename('Too late', person.version);
      expectRefusal(reply, path, { code: 'version_conflict' });
      expect(`"${reply.json?.currentVersion}"`).toBe(changed.headers.etag);
    });

    test('to an e-mail address that another has, in whatever case → already_exists', async () => {
      const [one, other] = [await personNamed('user003'), await personNamed('user004')];
      const path = `/admin/users/${one.id}`;
      const body = { email: other.email?.toUpperCase() };
      const reply = await world().asAdmin('PATCH', path, { body });
      expectRefusal(reply, path, { code: 'already_exists' });
    });

    test('of a template, based on a version that is not → names the current one', async () => {
      const { json } = await world().asAdmin('GET', '/notifications/templates?limit=1');
      const [template] = (json?.items ?? []) as (Item & { version: number })[];
      const path = `/notifications/templates/${template?.id}`;
      const { name, variables, texts } = template as unknown as Record<string, unknown>;
      const reply = await world().asAdmin('PUT', path, {
        body: { name, variables, texts },
        headers: { 'if-match': '"999"' },
      });
      expectRefusal(reply, path, { code: 'version_conflict' });
      expect(reply.json?.currentVersion).toBe(template?.version);
    });

    test('to a template code that is taken → already_exists', async () => {
      const texts = { en: { title: 'Title', body: 'Body' } };
      const body = { code: 'system.maintenance', name: 'Again', variables: [], texts };
      const reply = await world().asAdmin('POST', '/notifications/templates', { body });
      expectRefusal(reply, '/notifications/templates', { code: 'already_exists' });
    });

    test('a start of a device that is being stopped → state_conflict; a repeated stop → none', async () => {
      const { json } = await world().asAdmin('GET', '/admin/devices?status=running&limit=1');
      const [device] = (json?.items ?? []) as Item[];
      const at = (step: string) => `/admin/devices/${device?.id}/${step}`;
      const stopped = await world().asAdmin('POST', at('stop'));
      expect([stopped.status, stopped.json?.status]).toEqual([202, 'stopping']);
      const again = await world().asAdmin('POST', at('stop'));
      expect([again.status, again.json?.version]).toEqual([202, stopped.json?.version]);
      const reply = await world().asAdmin('POST', at('start'));
      expectRefusal(reply, at('start'), { code: 'state_conflict' });
    });

    test.each(['pause', 'resume', 'cancel'])(
      '%s of a campaign that has ended → state_conflict',
      async (step) => {
        const path = `/notifications/bulk/${await endedCampaign()}/${step}`;
        expectRefusal(await world().asAdmin('POST', path), path, { code: 'state_conflict' });
      },
    );
  });

  describe('an idempotency key', () => {
    test('used again for the same → gets the same answer, and nothing is done twice', async () => {
      const { id } = await personNamed('user005');
      const headers = { [HEADERS.idempotencyKey]: crypto.randomUUID() };
      const rename = () =>
        world().asAdmin('PATCH', `/admin/users/${id}`, { body: { name: 'Once' }, headers });
      const first = await rename();
      const second = await rename();
      expect([second.status, second.json]).toEqual([200, first.json]);
    });

    test.each([
      ['PATCH', 'user006', { name: 'One' }, { name: 'Other' }],
      ['POST', 'user007', { userIds: 1 }, { userIds: 2 }],
    ])('of a %s, used for another body → idempotency_mismatch', async (method, username, a, b) => {
      const { id } = await personNamed(username);
      const headers = { [HEADERS.idempotencyKey]: crypto.randomUUID() };
      const path = method === 'PATCH' ? `/admin/users/${id}` : '/notifications/bulk';
      const bodyOf = (given: typeof a | typeof b) =>
        'name' in given
          ? given
          : campaignTo(Array.from({ length: given.userIds ?? 1 }, () => id ?? ''));
      expect(
        (await world().asAdmin(method, path, { body: bodyOf(a), headers })).status,
      ).toBeLessThan(300);
      const reply = await world().asAdmin(method, path, { body: bodyOf(b), headers });
      expectRefusal(reply, path, { code: 'idempotency_mismatch' });
    });

    test('of a log-in → is refused: its answer holds tokens, which are not kept', async () => {
      const body = { username: 'user001', password: 'user-demo' };
      const headers = { [HEADERS.idempotencyKey]: 'once' };
      const reply = await world().asPerson('POST', '/auth/login', { body, headers });
      expectRefusal(reply, '/auth/login', { code: 'bad_request' });
    });
  });

  async function personNamed(username: string): Promise<Item> {
    const { json } = await world().asAdmin('GET', `/admin/users?q=${username}&limit=1`);
    const [person] = (json?.items ?? []) as Item[];
    if (person === undefined) throw new Error(`there is no ${username}`);
    return person;
  }

  let ended: string | undefined;
  async function endedCampaign(): Promise<string> {
    if (ended !== undefined) return ended;
    const { id = '' } = await personNamed('user008');
    const body = campaignTo([id]);
    const { status, json, text } = await world().asAdmin('POST', '/notifications/bulk', { body });
    expect(status, text).toBe(202);
    const batchId = String(json?.batchId);
    await until(
      async () => {
        const progress = await world().asAdmin('GET', `/notifications/bulk/${batchId}`);
        return progress.json?.status === 'completed';
      },
      { what: 'the end of a campaign', timeoutMs: 30_000 },
    );
    ended = batchId;
    return batchId;
  }
}

function campaignTo(userIds: readonly string[]) {
  return {
    userIds,
    templateCode: 'system.maintenance',
    data: MAINTENANCE,
    channels: ['websocket'],
  };
}
