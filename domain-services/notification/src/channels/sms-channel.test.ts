import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePort, whenDone } from '@cloudphone/test-kit';
import { describe, expect, it } from 'vitest';
import {
  buildMessage,
  type ChannelUnderTest,
  describeAddressing,
  describeChannel,
  phoneOf,
} from './channel-conformance.ts';
import { createSmsChannel, isDeadNumber } from './sms-channel.ts';
import { measureSms } from './sms-segments.ts';

interface Accepted {
  readonly to: string;
  readonly text: string;
  readonly key: string;
  readonly account: string;
}

type Answer = (res: ServerResponse, asked: Accepted) => void;

/** A gateway of our own that writes down every accept; `knowsKeys` folds repeats as Twilio's may. */
async function startGateway(options: { readonly knowsKeys: boolean; readonly answer?: Answer }) {
  const accepts: Accepted[] = [];
  const answer: Answer =
    options.answer ??
    ((res, asked) => {
      const isRepeat = options.knowsKeys && accepts.some(({ key }) => key === asked.key);
      if (!isRepeat) accepts.push(asked);
      res.writeHead(201, { 'content-type': 'application/json' }).end('{"sid":"SM1"}');
    });
  const server = createServer((req, res) => {
    void readForm(req).then((form) =>
      answer(res, {
        to: form.get('To') ?? '',
        text: form.get('Body') ?? '',
        key: String(req.headers['idempotency-key']),
        account: Buffer.from(String(req.headers.authorization).slice(6), 'base64').toString(),
      }),
    );
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  whenDone(() => new Promise((resolve) => server.close(() => resolve())));
  whenDone(async () => server.closeAllConnections());
  const channel = createSmsChannel({
    url: `http://account:s%40cret@127.0.0.1:${port}/2010-04-01/Accounts/account`,
    sender: '+15550000000',
    takesKey: options.knowsKeys,
  });
  return { channel, accepts };
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

const open = (knowsKeys: boolean) => async (): Promise<ChannelUnderTest> => {
  const { channel, accepts } = await startGateway({ knowsKeys });
  return {
    channel: {
      ...channel,
      // The suite tells messages by their titles; a text message has none.
      send: (messages, mayBegin) =>
        channel.send(
          messages.map((one) => ({ ...one, content: { ...one.content, body: one.content.title } })),
          mayBegin,
        ),
    },
    arrivedFor: async (userId) =>
      accepts.filter(({ to }) => to === phoneOf(userId)).map(({ text }) => text),
  };
};

describeChannel('SMS through a gateway that knows keys', open(true));
describeChannel('SMS through a gateway that does not', open(false));
describeAddressing('SMS', open(true));

describe('SMS', () => {
  it('says who pays, and takes the text that was written for it', async () => {
    const { channel, accepts } = await startGateway({ knowsKeys: true });
    const content = { title: 'Title', body: 'A long body', smsText: 'Short' };
    const message = buildMessage({ content });
    await channel.send([message], () => true);
    expect(accepts).toMatchObject([{ text: 'Short', account: 'account:s@cret', key: message.key }]);
  });

  const answering =
    (status: number, body: object, headers: Record<string, string> = {}): Answer =>
    (res) =>
      void res.writeHead(status, headers).end(JSON.stringify(body));
  const outcomeOf = async (answer: Answer, knowsKeys = true) => {
    const { channel } = await startGateway({ knowsKeys, answer });
    const [outcome] = await channel.send([buildMessage()], () => true);
    return outcome;
  };

  it('tells a dead number from a refused text', async () => {
    const dead = await outcomeOf(answering(400, { code: 21211, message: 'Invalid To' }));
    expect(dead).toMatchObject({ kind: 'rejected', code: 'sms_21211' });
    expect(isDeadNumber('sms_21211')).toBe(true);
    const text = await outcomeOf(answering(400, { code: 21602, message: 'No body' }));
    expect(text).toMatchObject({ kind: 'rejected', code: 'sms_21602' });
    expect(isDeadNumber('sms_21602')).toBe(false);
  });

  it('comes back when the gateway says so, and blames nobody for what is the gateway’s', async () => {
    const tooMany = await outcomeOf(answering(429, {}, { 'retry-after': '7' }));
    expect(tooMany).toMatchObject({
      ...{ kind: 'unavailable', because: 'too-many', retryInMs: 7_000 },
    });
    expect(await outcomeOf(answering(401, {}))).toMatchObject({
      ...{ kind: 'unavailable', because: 'provider-away' },
    });
    expect(await outcomeOf(answering(503, {}))).toMatchObject({ because: 'provider-away' });
  });

  it('is in doubt after a failure half-way, unless the gateway knows keys', async () => {
    expect(await outcomeOf(answering(500, {}), true)).toMatchObject({ kind: 'retry' });
    expect(await outcomeOf(answering(500, {}), false)).toMatchObject({ kind: 'unknown' });
    expect(await outcomeOf((res) => void res.destroy())).toMatchObject({ kind: 'unknown' });
  });

  it('costs nobody an attempt when there is no gateway, and follows it nowhere else', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const channel = createSmsChannel({ url, sender: 'x', takesKey: true });
    const [outcome] = await channel.send([buildMessage()], () => true);
    expect(outcome).toMatchObject({ kind: 'unavailable', code: 'sms_away' });
    const moved = await outcomeOf(answering(307, {}, { location: 'http://127.0.0.1:1/' }));
    expect(moved?.kind).not.toBe('sent');
  });
});

describe('the size of a text message', () => {
  it.each([
    ['', 'gsm-7', 1],
    ['a'.repeat(160), 'gsm-7', 1],
    ['a'.repeat(161), 'gsm-7', 2],
    ['a'.repeat(306), 'gsm-7', 2],
    ['a'.repeat(307), 'gsm-7', 3],
    ['€'.repeat(80), 'gsm-7', 1],
    ['€'.repeat(81), 'gsm-7', 2],
    // 76 pairs and one septet that nothing fits into: a pair is never split.
    ['€'.repeat(153), 'gsm-7', 3],
    ['验'.repeat(70), 'ucs-2', 1],
    ['验'.repeat(71), 'ucs-2', 2],
    ['验'.repeat(134), 'ucs-2', 2],
    ['验'.repeat(135), 'ucs-2', 3],
    ['😀'.repeat(35), 'ucs-2', 1],
    ['😀'.repeat(36), 'ucs-2', 2],
    ['😀'.repeat(67), 'ucs-2', 3],
    [`${'a'.repeat(70)}“`, 'ucs-2', 2],
  ] as const)('%.20s… is %s in %d', (text, encoding, segments) => {
    expect(measureSms(text)).toEqual({ encoding, segments });
  });
});
