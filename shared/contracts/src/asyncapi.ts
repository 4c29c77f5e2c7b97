import * as z from 'zod';
import { socketEventName } from './envelope.ts';
import { definitionOf, EVENT_TYPES, type EventType, envelopeSchema } from './event-register.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

interface Message {
  readonly name: string;
  readonly title: string;
  readonly contentType: string;
  readonly payload: JsonSchema;
}

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, { readonly description: string }>>;
  readonly messages: Record<string, { readonly $ref: string }>;
}

/** What programs see of the events: an AsyncAPI 3.0 document. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, unknown>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const LOG_CHANNEL = 'log';
const AN_ID = '00000000-0000-4000-8000-000000000000';

/**
 * The register of events as an AsyncAPI document: the log, whose messages are CloudEvents (that is
 * also what RabbitMQ carries), and each channel of the sockets with the members of the data that
 * its audience may see. Built anew by each call, in some ten milliseconds.
 */
export function buildAsyncApi(version: string): AsyncApiDocument {
  const messages: Record<string, Message> = {};
  const channels: Record<string, Channel> = {
    [LOG_CHANNEL]: {
      address: 'cloudphone.events',
      description: 'Every event, in order by key. As a topic exchange of RabbitMQ: by type.',
      parameters: {},
      messages: {},
    },
  };
  const add = (channelName: string, channel: Channel, type: EventType, message: Message): void => {
    const key = `${type}.on.${channelName}`;
    messages[key] = message;
    channel.messages[type] = { $ref: `#/components/messages/${key}` };
  };
  for (const type of EVENT_TYPES) {
    const data = dataSchema(type);
    add(LOG_CHANNEL, channels[LOG_CHANNEL] as Channel, type, logMessage(type, data));
    for (const { address, fields } of audiencesOf(type)) {
      const name = nameOf(address);
      channels[name] ??= socketChannel(address);
      add(name, channels[name], type, socketMessage(type, data, fields));
    }
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'CloudPhone events',
      version,
      description: 'What the platform tells, and who hears what of it.',
    },
    defaultContentType: 'application/json',
    channels,
    operations: Object.fromEntries(
      Object.keys(channels).map((name) => [
        `hear-${name}`,
        { action: 'send', channel: { $ref: `#/channels/${name}` } },
      ]),
    ),
    components: { messages },
  };
}

function dataSchema(type: EventType): JsonSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(definitionOf(type).data, {
    target: 'draft-7',
    io: 'output',
    unrepresentable: 'any',
  });
  return schema;
}

function logMessage(type: EventType, data: JsonSchema): Message {
  const { $schema: _dialect, ...envelope } = z.toJSONSchema(envelopeSchema, { target: 'draft-7' });
  const properties = { ...(envelope.properties ?? {}), type: { const: type }, data };
  return {
    name: type,
    title: type,
    contentType: 'application/cloudevents+json',
    payload: { ...envelope, properties },
  };
}

/** The frame of sockets around the members that an audience may see. */
function socketMessage(type: EventType, data: JsonSchema, fields: readonly string[]): Message {
  const known = (data.properties ?? {}) as Readonly<Record<string, unknown>>;
  const seen = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, known[field] ?? {}])),
  };
  const text = { type: 'string' };
  return {
    name: socketEventName(type),
    title: type,
    contentType: 'application/json',
    payload: {
      type: 'object',
      required: ['type', 'data', 'id', 'channel', 'pos', 'time'],
      properties: {
        type: { const: type },
        data: seen,
        id: text,
        channel: text,
        pos: text,
        time: { type: 'string', format: 'date-time' },
      },
    },
  };
}

/** The addresses that hear an event, with a parameter where a real one has an id. */
function audiencesOf(type: EventType) {
  return definitionOf(type).audiences.flatMap(({ channel, fields }) => {
    const address = channel(ANY_DATA);
    return address === undefined ? [] : [{ address: address.replace(AN_ID, '{id}'), fields }];
  });
}

function socketChannel(address: string): Channel {
  const hasId = address.includes('{id}');
  return {
    address,
    description: `What sockets in ${address} hear.`,
    parameters: hasId ? { id: { description: 'A UUID.' } } : {},
    messages: {},
  };
}

/** `user:{id}` is `user`, `admin:devices:read` is `admin-devices-read`. */
function nameOf(address: string): string {
  return address.replace(':{id}', '').replaceAll(':', '-');
}

/** Data whose every member is an id, so that the channels of any event can be named. */
const ANY_DATA: unknown = new Proxy({}, { get: () => AN_ID });
