import { type Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Chosen, STICKY_COOKIE } from './choose-replica.ts';

export interface Forwarding {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly chosen: Chosen;
  readonly agent: Agent;
  /** The replica could not be reached; nothing was answered yet. */
  readonly onUnreachable: () => void;
}

/** Passes one request on and its answer back, both as streams. */
export function forwardRequest(forwarding: Forwarding): void {
  const { incoming, response, chosen, agent, onUnreachable } = forwarding;
  const withBody = hasBody(incoming);
  const outgoing = request({
    // A kept connection may close just as it is used, and a body cannot be sent a second time.
    agent: withBody ? false : agent,
    host: '127.0.0.1',
    port: chosen.replica.port,
    method: incoming.method,
    path: incoming.url,
    headers: forwardedHeaders(incoming),
  });
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answerHeaders(answer, chosen));
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  outgoing.once('error', () => {
    if (response.headersSent) response.destroy();
    else onUnreachable();
  });
  response.once('close', () => outgoing.destroy());
  if (withBody) incoming.pipe(outgoing);
  else outgoing.end();
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

export function forwardedHeaders(incoming: IncomingMessage): NodeJS.Dict<string | string[]> {
  const before = incoming.headers['x-forwarded-for'];
  const client = incoming.socket.remoteAddress ?? '';
  return {
    ...incoming.headers,
    'x-forwarded-for': before === undefined ? client : `${before}, ${client}`,
    'x-forwarded-host': incoming.headers['x-forwarded-host'] ?? incoming.headers.host,
    'x-forwarded-proto': incoming.headers['x-forwarded-proto'] ?? 'http',
  };
}

function answerHeaders(answer: IncomingMessage, { replica, isNew }: Chosen) {
  const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
  if (!isNew) return headers;
  return {
    ...headers,
    'set-cookie': [...(headers['set-cookie'] ?? []), stickyCookie(replica.name)],
  };
}

function stickyCookie(name: string): string {
  return `${STICKY_COOKIE}=${name}; Path=/; HttpOnly; SameSite=Lax`;
}
