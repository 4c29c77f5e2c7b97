import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HEADERS, type SessionTokens } from '@cloudphone/contracts';
import { io, type Socket } from 'socket.io-client';

/** An answer as a person's client sees it. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/**
 * Somebody who is logged in at one BFF and may turn to any replica of it. Patient, as a client is that
 * is told to come back: a machine can be out of breath.
 */
export interface Actor {
  readonly id: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  get<Body>(path: string, options?: RequestOptions): Promise<Answer<Body>>;
  send<Body>(
    method: string,
    path: string,
    body?: unknown,
    options?: RequestOptions,
  ): Promise<Answer<Body>>;
  /** A plain client; connected when it resolves. */
  connect(url: string): Promise<Socket>;
}

interface RequestOptions {
  /** Another replica than the one that the actor logged in at. */
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ATTEMPTS = 4;
const RETRY_MS = 500;

/** Logs in with a user name and a password. Throws with the problem's code when refused. */
export async function logIn(url: string, username: string, password: string): Promise<Actor> {
  const tokens = await askForTokens(url, { username, password });
  if (tokens.status !== 200) throw new Error(`log-in refused: ${JSON.stringify(tokens.body)}`);
  const { accessToken, refreshToken, user } = tokens.body;
  const authorization = `Bearer ${accessToken}`;
  return {
    id: user.id,
    accessToken,
    refreshToken,
    get: (path, options = {}) =>
      request(`${options.at ?? url}${path}`, { headers: { authorization, ...options.headers } }),
    send: (method, path, body, options = {}) =>
      request(`${options.at ?? url}${path}`, {
        method,
        headers: {
          authorization,
          'content-type': 'application/json',
          ...keyFor(path),
          ...options.headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    connect: (at) =>
      new Promise((resolve, reject) => {
        const socket = io(at, {
          transports: ['websocket'],
          auth: { token: accessToken },
          reconnectionDelay: 100,
        });
        socket.once('connect', () => resolve(socket));
        socket.once('connect_error', reject);
      }),
  };
}

/** Logs in as a page does: the cookie that its requests carry. Refused as `logIn`. */
export async function openSession(
  url: string,
  username: string,
  password: string,
): Promise<string> {
  const { status, headers, body } = await askForTokens(url, { username, password, session: true });
  if (status !== 200) throw new Error(`log-in refused: ${JSON.stringify(body)}`);
  return headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

function askForTokens(url: string, credentials: object): Promise<Answer<SessionTokens>> {
  return request<SessionTokens>(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'cloudphone' },
    body: JSON.stringify(credentials),
  });
}

/** Coming back does nothing twice. Answers with tokens are not kept, so what gives them takes no key. */
function keyFor(path: string): Readonly<Record<string, string>> {
  return path.startsWith('/auth/') ? {} : { [HEADERS.idempotencyKey]: randomUUID() };
}

async function request<Body>(url: string, init: RequestInit): Promise<Answer<Body>> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    const retryAfter = response.status < 400 ? null : response.headers.get('retry-after');
    if (retryAfter === null || attempt === ATTEMPTS) {
      const body = (text === '' ? undefined : JSON.parse(text)) as Body;
      return { status: response.status, headers: response.headers, body };
    }
    await pause(Math.max(RETRY_MS, Number(retryAfter) * 1_000));
  }
}
