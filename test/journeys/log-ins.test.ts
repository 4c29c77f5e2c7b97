import { rm } from 'node:fs/promises';
import { HEADERS } from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { until } from '@cloudphone/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, logIn } from './person.ts';
import { ask, askPatiently, type Reply } from './refusals/ask.ts';
import { expectRefusal, sameForAll } from './refusals/refusal.ts';
import { bearer } from './refusals/tokens.ts';

const ADMIN = ['bff-admin-1', 'bff-admin-2'];
const USER = ['bff-user-1', 'bff-user-2'];

let platform: Platform;
let dataDir: string;
let admin: Actor;
const url = (name: string) => platform.process(name).url;

beforeAll(async () => {
  dataDir = await temporaryFolder('cloudphone-log-ins-');
  platform = await startPlatform({ dataDir, replicas: 2, isDemo: true });
  admin = await logIn(url('bff-admin-1'), 'admin', 'admin-demo');
}, 180_000);

afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

describe('a log-in', () => {
  test('with a wrong password → reads as that of a person who is not there', async () => {
    const wrong = await logInAt('bff-user-1', 'user001', 'user-dem');
    const unknown = await logInAt('bff-user-2', 'nobody', 'user-dem');
    expectRefusal(wrong, '/auth/login', { code: 'credentials_wrong' });
    expect(sameForAll(unknown)).toEqual(sameForAll(wrong));
  });

  test.each([true, false])(
    'of a customer at the admin BFF (session: %s) → is refused',
    async (session) => {
      const reply = await logInAt('bff-admin-1', 'user001', 'user-demo', { session });
      expectRefusal(reply, '/auth/login', { code: 'forbidden' });
      expect(reply.headers['set-cookie']).toBeUndefined();
    },
  );

  test('of a suspended person → says so only to whoever knows the password', async () => {
    const { id } = await logIn(url('bff-user-1'), 'user010', 'user-demo');
    await decide(id, 'suspend');
    for (const name of USER) {
      const wrong = await logInAt(name, 'user010', 'wrong');
      expectRefusal(wrong, '/auth/login', { code: 'credentials_wrong' });
      const right = await logInAt(name, 'user010', 'user-demo');
      expectRefusal(right, '/auth/login', { code: 'account_suspended' });
    }
  });

  test('right after a suspension was lifted → is good at once, on every replica', async () => {
    const { id } = await logIn(url('bff-user-1'), 'user011', 'user-demo');
    for (let time = 0; time < 5; time += 1) {
      await decide(id, 'suspend');
      await decide(id, 'reactivate');
      const { accessToken } = await logIn(url('bff-user-2'), 'user011', 'user-demo');
      expect(await statusesOf(USER, bearer(accessToken))).toEqual([200, 200]);
    }
  });

  test('whose refresh token is used twice → ends everywhere, its successor with it', async () => {
    const person = await logIn(url('bff-user-1'), 'user012', 'user-demo');
    const renewed = await refresh('bff-user-1', person.refreshToken);
    expect(renewed.status).toBe(200);
    const { accessToken, refreshToken } = renewed.json as Record<string, string>;
    const stolen = await refresh('bff-user-2', person.refreshToken);
    expectRefusal(stolen, '/auth/refresh', { code: 'refresh_reused' });
    await untilRefused(USER, bearer(accessToken ?? ''));
    const late = await refresh('bff-user-1', refreshToken ?? '');
    expectRefusal(late, '/auth/refresh', { code: 'token_expired' });
  });

  test('that is closed → ends on every replica, with its sockets and no others', async () => {
    const [leaving, staying] = [
      await logIn(url('bff-user-1'), 'user013', 'user-demo'),
      await logIn(url('bff-user-1'), 'user013', 'user-demo'),
    ];
    const closed = await leaving.connect(url('bff-user-2'));
    const kept = await staying.connect(url('bff-user-2'));
    const out = await ask(url('bff-user-1'), {
      method: 'POST',
      path: '/auth/logout',
      headers: bearer(leaving.accessToken),
    });
    expect(out.status).toBe(204);
    await until(() => !closed.connected, { what: 'the socket to close' });
    await untilRefused(USER, bearer(leaving.accessToken));
    const late = await refresh('bff-user-2', leaving.refreshToken);
    expectRefusal(late, '/auth/refresh', { code: 'token_expired' });
    expect(await statusesOf(USER, bearer(staying.accessToken))).toEqual([200, 200]);
    expect(kept.connected).toBe(true);
    kept.disconnect();
  });
});

describe('a suspension', () => {
  test('ends tokens and sockets on both replicas of both BFFs, and lets nobody back in', async () => {
    const everywhere = [...ADMIN, ...USER];
    const person = await logIn(url('bff-admin-1'), 'support', 'support-demo');
    const sockets = await Promise.all(everywhere.map((name) => person.connect(url(name))));
    expect(await statusesOf(everywhere, bearer(person.accessToken))).toEqual([200, 200, 200, 200]);

    const beganMs = performance.now();
    await decide(person.id, 'suspend');
    await until(() => sockets.every(({ connected }) => !connected), {
      what: 'four sockets to close',
    });
    await untilRefused(everywhere, bearer(person.accessToken));
    const tookMs = Math.round(performance.now() - beganMs);
    console.log(
      `a suspension showed on both replicas of both BFFs ${tookMs} ms after it was asked for`,
    );

    for (const name of everywhere) await expect(person.connect(url(name))).rejects.toThrow();
    const late = await refresh('bff-admin-2', person.refreshToken);
    expectRefusal(late, '/auth/refresh', { code: 'token_expired' });
    await decide(person.id, 'reactivate');
    // What was closed stays closed.
    expect(await statusesOf(everywhere, bearer(person.accessToken))).toEqual([401, 401, 401, 401]);
  });

  test('ends sessions too', async () => {
    const cookie = await openSession('user014');
    const { id } = await logIn(url('bff-user-1'), 'user014', 'user-demo');
    expect(await statusesOf(USER, { cookie })).toEqual([200, 200]);
    await decide(id, 'suspend');
    await untilRefused(USER, { cookie });
  });
});

describe('a change of roles', () => {
  test('ends what tokens say on every replica at once; the log-in goes on with a new one', async () => {
    const everywhere = [...ADMIN, ...USER];
    const person = await logIn(url('bff-admin-1'), 'ops', 'ops-demo');
    const socket = await person.connect(url('bff-admin-2'));
    const roles = await admin.send('PUT', `/admin/users/${person.id}/roles`, {
      roles: ['support'],
    });
    expect(roles.status).toBe(200);
    await until(() => !socket.connected, { what: 'the socket to close' });
    await untilRefused(everywhere, bearer(person.accessToken));
    const renewed = await refresh('bff-admin-2', person.refreshToken);
    const { accessToken } = renewed.json as Record<string, string>;
    for (const name of ADMIN) {
      const { json } = await askPatiently(url(name), {
        method: 'GET',
        path: '/auth/me',
        headers: bearer(accessToken ?? ''),
      });
      expect(json?.permissions).toContain('audit:read');
      expect(json?.permissions).not.toContain('campaigns:write');
    }
  });
});

describe('the end of an account', () => {
  test('ends its tokens and sockets on both replicas of its BFF, and frees its name', async () => {
    const person = await logIn(url('bff-user-1'), 'user015', 'user-demo');
    const socket = await person.connect(url('bff-user-2'));
    const ended = await admin.send('DELETE', `/admin/users/${person.id}?erase=true`);
    expect(ended.status).toBe(200);
    await until(() => !socket.connected, { what: 'the socket to close' });
    await untilRefused(USER, bearer(person.accessToken));
    const late = await refresh('bff-user-2', person.refreshToken);
    expectRefusal(late, '/auth/refresh', { code: 'token_expired' });
    const again = await post('bff-user-1', '/auth/register', {
      ...{ username: 'user015', email: 'user015@example.com', name: 'Somebody Else' },
      password: 'something else',
    });
    expect(again.status).toBe(201);
    expect((await logInAt('bff-user-2', 'user015', 'something else')).status).toBe(200);
  });
});

describe('a password', () => {
  test('that its owner changes ends their other log-ins everywhere, not the one it is changed in', async () => {
    const [here, there] = [
      await logIn(url('bff-user-1'), 'user016', 'user-demo'),
      await logIn(url('bff-user-2'), 'user016', 'user-demo'),
    ];
    const body = { currentPassword: 'user-demo', newPassword: 'something else' };
    expect((await here.send('POST', '/auth/password/change', body)).status).toBe(204);
    await untilRefused(USER, bearer(there.accessToken));
    expect(await statusesOf(USER, bearer(here.accessToken))).toEqual([200, 200]);
  });
});

describe('a session', () => {
  test('keeps its tokens here: the answer has none, the cookie is for this host and no script', async () => {
    const reply = await logInAt('bff-user-1', 'user020', 'user-demo', { session: true });
    expect(Object.keys(reply.json ?? {})).toEqual(['user']);
    const [cookie = ''] = reply.headers['set-cookie'] ?? [];
    const [named = '', ...attributes] = cookie.split('; ');
    expect(named).toMatch(/^cloudphone_user_session=[A-Za-z0-9_-]{43}$/);
    // Plain http on one's own machine: neither Secure nor the prefix that needs it.
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
  });

  test('is known to both replicas of its BFF, and not to the other BFF', async () => {
    const cookie = await openSession('user021');
    expect(await statusesOf(USER, { cookie })).toEqual([200, 200]);
    expect(await statusesOf(ADMIN, { cookie })).toEqual([401, 401]);
    const guessed = cookie.replace(/=.*/, `=${'A'.repeat(43)}`);
    expect(await statusesOf(USER, { cookie: guessed })).toEqual([401, 401]);
  });

  test('changes something only with the static header and our own Origin', async () => {
    const cookie = await openSession('user022');
    const origin = platform.urls.userBff;
    const isOurs = { [HEADERS.csrfProtection]: '1' };
    const foreign = [
      { origin },
      { ...isOurs },
      { ...isOurs, origin: 'null' },
      { ...isOurs, origin: 'https://nobody.example' },
      { ...isOurs, origin: `${origin}.nobody.example` },
      { ...isOurs, origin: platform.urls.adminBff },
      { [HEADERS.csrfProtection]: 'yes', origin },
    ];
    const logOut = (headers: Record<string, string>) =>
      ask(url('bff-user-1'), {
        method: 'POST',
        path: '/auth/logout',
        headers: { cookie, ...headers },
      });
    for (const headers of foreign) {
      expectRefusal(await logOut(headers), '/auth/logout', { code: 'csrf_failed' });
    }
    expect(await statusesOf(USER, { cookie })).toEqual([200, 200]);
    const out = await logOut({ ...isOurs, origin });
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']?.[0]).toMatch(/^cloudphone_user_session=; Max-Age=0; /);
    await untilRefused(USER, { cookie });
  });
});

function logInAt(name: string, username: string, password: string, more = {}): Promise<Reply> {
  return post(name, '/auth/login', { username, password, ...more }, askPatiently);
}

function refresh(name: string, refreshToken: string): Promise<Reply> {
  return post(name, '/auth/refresh', { refreshToken });
}

function post(name: string, path: string, body: object, asking = ask): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  return asking(url(name), { method: 'POST', path, headers, body: JSON.stringify(body) });
}

/** The cookie of a new session. */
async function openSession(username: string): Promise<string> {
  const reply = await logInAt('bff-user-1', username, 'user-demo', { session: true });
  const [cookie = ''] = reply.headers['set-cookie'] ?? [];
  return cookie.split(';')[0] ?? '';
}

async function decide(userId: string, decision: 'suspend' | 'reactivate'): Promise<void> {
  const { status } = await admin.send('POST', `/admin/users/${userId}/${decision}`);
  expect(status).toBe(200);
}

function statusesOf(names: readonly string[], headers: Record<string, string>): Promise<number[]> {
  return Promise.all(
    names.map(async (name) => {
      const question = { method: 'GET', path: '/auth/me', headers };
      const { status } = await askPatiently(url(name), question);
      return status;
    }),
  );
}

function untilRefused(names: readonly string[], headers: Record<string, string>) {
  return until(async () => (await statusesOf(names, headers)).every((status) => status === 401), {
    what: `${names.join(', ')} to refuse`,
  });
}
