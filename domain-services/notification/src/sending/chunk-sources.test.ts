import { beforeAll, describe, expect, it } from 'vitest';
import { type SendingWorld, startSendingWorld } from './fixtures/sending-world.ts';
import { createTestProvider } from './fixtures/test-channel.ts';

let world: SendingWorld;

beforeAll(async () => {
  world = await startSendingWorld(1);
});

const saying = (title: string) => ({
  code: 'news.told',
  name: 'News',
  variables: [{ name: 'place', type: 'string', isRequired: true }],
  texts: { en: { title, body: '-' } },
});

describe('campaigns of one template', () => {
  it('say what their own version and data say', async () => {
    const titles: string[] = [];
    const provider = createTestProvider();
    provider.answer = ({ content }) => {
      titles.push(content.title);
      return undefined;
    };
    await world.startWorker(provider);
    const tell = async (place: string) => {
      const content = { templateCode: 'news.told', data: { place } };
      await world.ended(await world.create(1, { ...content, priority: 'urgent' }));
    };
    const { body } = await world.service.post('/templates', saying('Hello {{place}}')).expect(201);
    await tell('Paris');
    await tell('Rome');
    const { code: _, ...changed } = saying('Goodbye {{place}}');
    await world.service.put(`/templates/${body.id}`, changed).expect(200);
    await tell('Rome');
    expect(titles).toEqual(['Hello Paris', 'Hello Rome', 'Goodbye Rome']);
  }, 60_000);
});
