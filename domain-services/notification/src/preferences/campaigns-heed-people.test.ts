import { type CampaignRecipient, HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { findContacts } from '../contacts/find-contacts.ts';
import { type SendingWorld, startSendingWorld } from '../sending/fixtures/sending-world.ts';
import { createTestProvider } from '../sending/fixtures/test-channel.ts';
import { createUnsubscribeLinks } from './unsubscribe-links.ts';

vi.setConfig({ testTimeout: 60_000 });

const provider = createTestProvider();
let world: SendingWorld;

beforeAll(async () => {
  world = await startSendingWorld(30);
  await world.startWorker(provider);
  await world.service
    .post('/templates', {
      ...{ code: 'spring.sale', name: 'Spring sale', variables: [] },
      texts: { en: { title: 'Spring', body: 'Sale', emailHtml: '<p>Sale</p>' } },
    })
    .expect(201);
});

const create = async (numbers: readonly number[], more: object = {}): Promise<string> => {
  const { body } = await world.service
    .post('/notifications/bulk', {
      userIds: numbers.map((number) => demoPerson(number).id),
      ...{ templateCode: 'spring.sale', channels: ['email'], ...more },
    })
    .expect(202);
  return body.batchId;
};
const listOf = async (batchId: string): Promise<readonly CampaignRecipient[]> =>
  (await world.service.get(`/notifications/bulk/${batchId}/recipients`).expect(200)).body.items;
/** Sends to them; each one’s status, with why. */
async function sendTo(numbers: readonly number[], more: object = {}) {
  const batchId = await create(numbers, more);
  await world.settled(batchId);
  return (await listOf(batchId)).map(({ status, code }) => (code === null ? status : code));
}
const change = async (number: number, changes: object) => {
  const path = `/users/${demoPerson(number).id}/preferences`;
  const {
    userId: _,
    version: __,
    updatedAt: ___,
    ...before
  } = (await world.service.get(path)).body;
  await world.service.put(path, { ...before, ...changes }).expect(200);
};
const timesReached = (number: number) =>
  provider.accepted.filter((userId) => userId === demoPerson(number).id).length;

describe('a campaign heeds the person', () => {
  it('whose address bounced for good: the next one skips it, until it is taken off the list', async () => {
    const dead = demoPerson(2).id;
    provider.answer = ({ contact: { userId } }) =>
      userId === dead
        ? { kind: 'rejected', code: 'smtp_550', detail: 'no such mailbox' }
        : undefined;
    expect(await sendTo([1, 2, 3])).toEqual(['sent', 'smtp_550', 'sent']);
    provider.answer = () => undefined;
    const [listed] = await until(async () => {
      const { items } = (await world.service.get('/suppressions').expect(200)).body;
      return items.length > 0 ? items : undefined;
    });
    expect(await sendTo([1, 2, 3])).toEqual(['sent', 'suppressed', 'sent']);
    expect(timesReached(2)).toBe(0);
    await world.service.delete(`/suppressions/${listed.id}`).expect(200);
    expect(await sendTo([2])).toEqual(['sent']);
  });

  it('who unsubscribed with one click: no mail of that kind any more, others as before', async () => {
    const { id } = demoPerson(5);
    expect(await sendTo([4, 5])).toEqual(['sent', 'sent']);
    const contact = (await findContacts(world.service.tools.db, [id])).get(id);
    if (contact === undefined) throw new Error('nobody is number 5');
    const links = createUnsubscribeLinks(world.service.config);
    const url = links.urlFor({ type: 'spring.sale', contact }, 'email');
    const token = url?.split('/').at(-1);
    const nobody = { [HEADERS.internalIdentity]: '' };
    await world.service.post(`/unsubscribe/${token}`).set(nobody).expect(200);
    expect(await sendTo([4, 5])).toEqual(['sent', 'opted_out']);
    expect(timesReached(5)).toBe(1);
    expect(await sendTo([5], { templateCode: 'user.registered' })).toEqual(['sent']);
  });

  it('who wants one promotion a day: the second is skipped, in a dry run nothing is counted', async () => {
    await change(6, { promotionsPerDay: 1 });
    expect(await sendTo([6], { dryRun: true })).toEqual(['sent']);
    expect(await sendTo([6, 7])).toEqual(['sent', 'sent']);
    expect(await sendTo([6, 7])).toEqual(['frequency_cap', 'sent']);
    expect(timesReached(6)).toBe(1);
  });

  it('whose night it is: they wait, the others do not, and what is urgent does not', async () => {
    const clock = (hours: number) =>
      new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    await change(8, { timeZone: 'UTC', quietHours: { from: clock(-1), to: clock(1) } });
    const batchId = await create([8, 9]);
    await world.processed(batchId, 1);
    const [waiting, sent] = await until(async () => {
      const all = await listOf(batchId);
      return all[1]?.status === 'sent' ? all : undefined;
    });
    expect([waiting?.status, sent?.status]).toEqual(['pending', 'sent']);
    expect(await world.progressOf(batchId)).toMatchObject({ status: 'processing' });
    expect(await sendTo([8, 9], { priority: 'urgent' })).toEqual(['sent', 'sent']);
    expect(timesReached(8)).toBe(1);
    await world.service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
    await world.settled(batchId);
    const cancelled = await world.progressOf(batchId);
    expect(cancelled).toMatchObject({ successCount: 1, cancelledCount: 1 });
    expect(timesReached(8)).toBe(1);
  });
});
