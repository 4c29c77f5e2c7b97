import { randomId } from '@cloudphone/runtime';
import { describe, expect, it } from 'vitest';
import type { Channel, OutgoingMessage } from './channel.ts';

/** A channel with the provider behind it, seen from the far side. */
export interface ChannelUnderTest {
  readonly channel: Channel;
  /** The titles of the messages that arrived for a person, one for each arrival. */
  arrivedFor(userId: string): Promise<readonly string[]>;
}

/** A number of its own for each person. */
export function phoneOf(userId: string): string {
  return `+1${Number.parseInt(userId.slice(0, 8), 16).toString().padStart(11, '0')}`;
}

export function buildMessage(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const userId = randomId();
  return {
    key: randomId(),
    batchId: null,
    type: 'test.message',
    contact: {
      userId,
      name: 'Ada, "Countess" <of> Lovelace',
      email: `${userId}@example.com`,
      phone: phoneOf(userId),
      locale: 'en',
      timeZone: 'UTC',
    },
    content: { title: `Title of ${userId}`, body: 'Body' },
    ...changes,
  };
}

const ALWAYS = () => true;

/** What every channel promises; each runs it. */
export function describeChannel(name: string, open: () => Promise<ChannelUnderTest>): void {
  describe(`${name} as a channel`, () => {
    it('delivers each message to its own person', async () => {
      const { channel, arrivedFor } = await open();
      const messages = Array.from({ length: 10 }, () => buildMessage());
      const outcomes = await channel.send(messages, ALWAYS);
      expect(outcomes).toEqual(messages.map(() => ({ kind: 'sent' })));
      for (const { contact, content } of messages) {
        expect(await arrivedFor(contact.userId)).toEqual([content.title]);
      }
    });

    it('says truly whether sending again is a second message', async () => {
      const { channel, arrivedFor } = await open();
      const message = buildMessage();
      await channel.send([message], ALWAYS);
      expect(await channel.send([message], ALWAYS)).toEqual([{ kind: 'sent' }]);
      const arrivals = await arrivedFor(message.contact.userId);
      expect(arrivals).toHaveLength(channel.isRepeatable ? 1 : 2);
    });

    it('begins nothing when it may not, and spends no attempt on it', async () => {
      const { channel, arrivedFor } = await open();
      const messages = [buildMessage(), buildMessage()];
      const outcomes = await channel.send(messages, () => false);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable']);
      for (const { contact } of messages) expect(await arrivedFor(contact.userId)).toEqual([]);
    });

    it('answers nothing for nothing', async () => {
      const { channel } = await open();
      expect(await channel.send([], ALWAYS)).toEqual([]);
    });
  });
}

/** What channels promise that need an address. */
export function describeAddressing(name: string, open: () => Promise<ChannelUnderTest>): void {
  it(`${name} skips whom it has no address for, and serves the others`, async () => {
    const { channel, arrivedFor } = await open();
    const present = buildMessage();
    const absent = buildMessage();
    const unreachable = { ...absent, contact: { ...absent.contact, email: null, phone: null } };
    const outcomes = await channel.send([unreachable, present], ALWAYS);
    expect(outcomes).toMatchObject([{ kind: 'skipped', code: 'no_contact' }, { kind: 'sent' }]);
    expect(await arrivedFor(present.contact.userId)).toHaveLength(1);
  });
}
