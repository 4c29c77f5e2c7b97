import type { AuditRecord } from '@cloudphone/contracts';
import { demoStaff } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';
import { forgetAudit } from './list-audit.ts';
import { writeDown } from './on-any-event.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
});

const list = async (query = ''): Promise<{ items: AuditRecord[]; nextCursor: string | null }> =>
  (await world.ask('get', `/audit${query}`).expect(200)).body;
const rename = (n: number, name: string, by = world.asAdmin) =>
  world
    .ask('patch', `/users/${world.person(n).id}`, by)
    .send({ name })
    .expect(200);
const about = async (n: number) =>
  (await list()).items.filter(({ subject }) => subject === `user/${world.person(n).id}`);

describe('what staff changes', () => {
  test('is written down with who, when, what of and which fields; no value of them', async () => {
    await rename(1, 'A Secret Name');
    await until(async () => (await about(1)).length === 1, { what: 'the record' });
    const [record] = await about(1);
    expect(record).toMatchObject({
      actorId: demoStaff('admin').id,
      actorName: 'admin',
      action: 'user.updated',
      fields: ['name'],
    });
    const rows = await world.db.selectFrom('audit').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('Secret');
    const recorded = await world.published('audit.recorded');
    expect(recorded).toContainEqual(expect.objectContaining({ id: record?.id }));
  });

  test('is written down; what customers and the platform itself do is not', async () => {
    await rename(2, 'By Myself', world.asCustomer(world.person(2).id));
    await world.ask('patch', `/users/${world.person(2).id}`).send({ name: 'By Nobody' });
    await rename(3, 'By Staff');
    await until(async () => (await about(3)).length === 1);
    expect(await about(2)).toEqual([]);
    const actions = (await list()).items.map(({ action }) => action);
    expect(actions).not.toContain('audit.recorded');
  });

  test('is written down once, however often it is told, also of types that are not known here', async () => {
    const envelope = {
      specversion: '1.0' as const,
      id: randomId(),
      source: '/services/media',
      type: 'media.uploaded',
      subject: 'media/7',
      time: new Date().toISOString(),
      datacontenttype: 'application/json' as const,
      dataschema: 'x',
      data: { url: 'https://secret.example', changedFields: ['url', 7] },
      tags: '',
      actorid: demoStaff('ops').id,
    };
    const tell = () => world.db.transaction().execute((tx) => writeDown(tx, envelope));
    expect((await tell()).map(({ type }) => type)).toEqual(['audit.recorded']);
    expect(await tell()).toEqual([]);
    const [record] = (await list('?action=media')).items;
    expect(record).toMatchObject({ action: 'media.uploaded', actorName: 'ops', fields: ['url'] });
  });

  test('keeps its record, by id only, when its actor is erased', async () => {
    const { id } = demoStaff('ops');
    await world.ask('delete', `/users/${id}?erase=true`, world.asAdmin).expect(200);
    const { items } = await list(`?actor=${id}`);
    expect(items).toMatchObject([{ actorId: id, actorName: null, action: 'media.uploaded' }]);
    await until(async () => (await list('?action=user.deleted')).items.length === 1);
  });
});

const DAY_MS = 86_400_000;

describe('the list', () => {
  test('pages through everything once, the latest first, by actor, action and time', async () => {
    const actor = demoStaff('finance').id;
    const firstDayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - 30 * DAY_MS;
    const rows = Array.from({ length: 7 }, (_, n) => ({
      event_id: randomId(),
      // Three of a kind: the place of a page is more than a time.
      at: new Date(firstDayMs + Math.floor(n / 3) * DAY_MS),
      actor_id: actor,
      actor_name: 'finance',
      action: n % 2 === 0 ? 'order.refunded' : 'orders.other',
      subject: `order/${n}`,
      fields: [],
    }));
    await world.db.insertInto('audit').values(rows).execute();
    const seen: AuditRecord[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(`?actor=${actor}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(7);
    expect(seen.map(({ at }) => at)).toEqual(
      seen
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    expect((await list(`?actor=${actor}&action=order`)).items).toHaveLength(4);
    expect((await list(`?actor=${actor}&action=orders.other`)).items).toHaveLength(3);
    const lastDay = new Date(firstDayMs + 2 * DAY_MS).toISOString();
    expect((await list(`?actor=${actor}&since=${lastDay}`)).items).toHaveLength(1);
  });

  test('names every member that is wrong', async () => {
    const { body } = await world
      .ask('get', '/audit?actor=7&action=%25&since=never&limit=0')
      .expect(422);
    expect(body.issues.map(({ path }: { path: string }) => path).sort()).toEqual([
      'query.action',
      'query.actor',
      'query.limit',
      'query.since',
    ]);
  });

  test('is kept for a year', async () => {
    const count = async () => (await list('?limit=200')).items.length;
    const before = await count();
    const old = { at: new Date(Date.now() - 366 * DAY_MS) };
    await world.db.updateTable('audit').set(old).where('action', '=', 'orders.other').execute();
    await forgetAudit(world.service.tools);
    expect(await count()).toBe(before - 3);
  });
});
