import { HEADERS } from '@cloudphone/contracts';
import { type AppError, toProblem, versionConflict } from '@cloudphone/errors';
import { runInReadContext } from '@cloudphone/runtime';
import { freePort, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { type Answer, codeOf, json, OF_USER, QUOTA, testServices } from './testing/test-service.ts';

const { clientsOf, service } = testServices(whenDone);

describe('a failure', () => {
  test('that is a refusal → keeps its code and public members', async () => {
    const refusal = toProblem(versionConflict('quota', '7', 12), { instance: '/', traceId: 'x' });
    const { clients } = await service(json(refusal, 409));
    await expect(clients.user.getQuota(OF_USER)).rejects.toMatchObject({
      code: 'version_conflict',
      extra: { currentVersion: 12 },
    });
  });

  const cases: [string, string, Answer][] = [
    ['500', 'upstream_failed', json({ code: 'internal', detail: 'SELECT' }, 500)],
    ['503', 'upstream_unavailable', json({ code: 'overloaded' }, 503)],
    ['404 of another server', 'upstream_failed', json('Cannot GET', 404)],
    ['302', 'upstream_failed', json({}, 302, { location: 'http://127.0.0.1:1/' })],
    ['an answer against the contract', 'upstream_failed', json({ ...QUOTA, version: 'three' })],
    ['no JSON', 'upstream_failed', (_req, res) => void res.end('<html>')],
    ['tags that are none', 'upstream_failed', json(QUOTA, 200, { [HEADERS.cacheTags]: 'No Tag' })],
    [
      'an answer that breaks off',
      'upstream_failed',
      (_req, res) => {
        res.writeHead(200, { 'content-length': '99' }).write('{');
        setImmediate(() => res.destroy());
      },
    ],
  ];

  test.each(cases)('of %s → %s', async (_what, code, answer) => {
    const { clients } = await service(answer);
    const context = {
      beginCall: () => ({ answered() {}, failed() {} }),
      minVersionOf: () => undefined,
    };
    expect(await codeOf(runInReadContext(context, () => clients.user.getQuota(OF_USER)))).toBe(
      code,
    );
  });

  test('of a service that is not there → upstream_unavailable', async () => {
    const { clients } = clientsOf(`http://127.0.0.1:${await freePort()}`);
    expect(await codeOf(clients.user.getQuota(OF_USER))).toBe('upstream_unavailable');
  });

  test('never carries the signed identity along', async () => {
    const { clients } = clientsOf(`http://127.0.0.1:${await freePort()}`);
    const err: AppError = await clients.user.getQuota(OF_USER).catch((thrown) => thrown);
    expect(JSON.stringify([err.message, err.cause])).not.toContain(HEADERS.internalIdentity);
  });

  test('of time → is ours when the service is slow, the caller’s when it is in a hurry', async () => {
    const { clients } = await service(() => undefined, { defaultTimeoutMs: 60 });
    expect(await codeOf(clients.user.getQuota(OF_USER))).toBe('upstream_timeout');
    const deadlineAtMs = performance.now() + 20;
    expect(await codeOf(clients.user.getQuota(OF_USER, { deadlineAtMs }))).toBe(
      'deadline_exceeded',
    );
    expect(await codeOf(clients.user.getQuota(OF_USER, { deadlineAtMs }))).toBe(
      'deadline_exceeded',
    );
  });

  test('of time → comes although the service goes on sending', async () => {
    const { clients } = await service(
      (_req, res) => {
        const drip = setInterval(() => res.write(' '), 10);
        res.on('close', () => clearInterval(drip));
      },
      { defaultTimeoutMs: 80 },
    );
    expect(await codeOf(clients.user.getQuota(OF_USER))).toBe('upstream_timeout');
  });
});

describe('a request that got lost', () => {
  const loseFirst = (): Answer => {
    let isFirst = true;
    return (req, res) => {
      if (isFirst) req.socket.destroy();
      else json(QUOTA)(req, res);
      isFirst = false;
    };
  };

  test('of a GET → is sent once more', async () => {
    const { clients, asked } = await service(loseFirst());
    expect(await clients.user.getQuota(OF_USER)).toEqual(QUOTA);
    expect(asked).toHaveLength(2);
  });

  test('of a write → is not sent again: it may have been done', async () => {
    const { clients, asked } = await service(loseFirst());
    expect(await codeOf(clients.user.suspendUser(OF_USER))).toBe('upstream_unavailable');
    expect(asked).toHaveLength(1);
  });

  test('again → is given up', async () => {
    const { clients, asked } = await service((req) => void req.socket.destroy());
    expect(await codeOf(clients.user.getQuota(OF_USER))).toBe('upstream_unavailable');
    expect(asked).toHaveLength(2);
  });

  test('of a service that answered 500 → is not', async () => {
    const { clients, asked } = await service(json({}, 500));
    await codeOf(clients.user.getQuota(OF_USER));
    expect(asked).toHaveLength(1);
  });
});
