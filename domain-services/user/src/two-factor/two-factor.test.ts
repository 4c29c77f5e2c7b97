import { beforeAll, describe, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';
import { totpOf } from './codes.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
  // No code grows old between its making and its check, and no guesser waits long enough.
  world.holdTime();
});

const STEP_MS = 30_000;
const post = (n: number, path: string, body: object) =>
  world.ask('post', `/auth/two-factor/${path}`, world.asCustomer(world.person(n).id)).send(body);
const state = async (n: number) =>
  (await world.ask('get', '/auth/two-factor', world.asCustomer(world.person(n).id))).body;
/** The code of so many steps from now: what one works for is used, the next are still to come. */
const codeOf = (secret: string, steps: number) =>
  totpOf(secret).generate({ timestamp: world.now() + steps * STEP_MS });
const logIn = (n: number, totp?: string) =>
  world.logIn(world.person(n).username, 'user-demo', totp === undefined ? {} : { totp });

/** Enabled with the code before the present one, so that two are left to be used. */
async function enabled(n: number): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { body } = await post(n, 'enrol', { password: 'user-demo' }).expect(200);
  const answer = await post(n, 'enable', { code: codeOf(body.secret, -1) }).expect(200);
  return { secret: body.secret, recoveryCodes: answer.body.recoveryCodes };
}

describe('a second factor', () => {
  test('is enrolled by password, enabled by a code of it, and told of', async () => {
    const enrol = await post(1, 'enrol', { password: 'user-demo' }).expect(200);
    expect(enrol.body.otpauthUri).toMatch(/^otpauth:\/\/totp\/CloudPhone:user001\?.*secret=/);
    await logIn(1).expect(200);
    expect(await state(1)).toEqual({ isEnabled: false, recoveryCodesLeft: 0 });
    await post(1, 'enable', { code: '000000' }).expect(422);
    const answer = await post(1, 'enable', { code: codeOf(enrol.body.secret, 0) }).expect(200);
    expect(new Set(answer.body.recoveryCodes).size).toBe(10);
    expect(await world.typesOf(answer)).toEqual(['user.two_factor_enabled']);
    expect(await state(1)).toEqual({ isEnabled: true, recoveryCodesLeft: 10 });
    await post(1, 'enrol', { password: 'user-demo' }).expect(409);
    await post(1, 'enable', { code: codeOf(enrol.body.secret, 1) }).expect(409);
  });

  test('is asked for at every log-in, of whoever knows the password only', async () => {
    const { secret } = await enabled(2);
    expect((await logIn(2).expect(401)).body.code).toBe('two_factor_required');
    const wrong = await world.logIn(world.person(2).username, 'wrong', { totp: codeOf(secret, 0) });
    expect(wrong.body.code).toBe('credentials_wrong');
    expect((await logIn(2, '000000').expect(401)).body.code).toBe('two_factor_wrong');
    await logIn(2, codeOf(secret, 0)).expect(200);
  });

  test('a code works once: not again, not an earlier one, not for ten at once', async () => {
    const { secret } = await enabled(3);
    const code = codeOf(secret, 1);
    const answers = await Promise.all(Array.from({ length: 10 }, () => logIn(3, code)));
    const open = answers.filter(({ status }) => status === 200);
    expect(open).toHaveLength(1);
    await world.db.deleteFrom('attempts').execute();
    expect((await logIn(3, code).expect(401)).body.code).toBe('two_factor_wrong');
    await logIn(3, codeOf(secret, 0)).expect(401);
  });

  test('a recovery code works once, however it is written, and only hashes of them are kept', async () => {
    const { recoveryCodes } = await enabled(4);
    const [first = '', second = ''] = recoveryCodes;
    await logIn(4, first).expect(200);
    await logIn(4, first).expect(401);
    await logIn(4, second.toUpperCase().replaceAll('-', ' ')).expect(200);
    expect(await state(4)).toEqual({ isEnabled: true, recoveryCodesLeft: 8 });
    const rows = await world.db.selectFrom('recovery_codes').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(first.slice(0, 9));
    await enabled(5).then(({ recoveryCodes: others }) => logIn(4, others[0]).expect(401));
  });

  test('guesses of its codes are slowed down, and told of', async () => {
    await enabled(6);
    for (let n = 0; n < 5; n++) await logIn(6, '000000').expect(401);
    await logIn(6, '000000').expect(429);
    const failed = await world.published('user.login_failed');
    const { id } = world.person(6);
    expect(failed.filter(({ userId, reason }) => userId === id && reason === 'code')).toHaveLength(
      5,
    );
  });

  test('asking for the code does not count as a guess', async () => {
    const { secret } = await enabled(7);
    for (let n = 0; n < 8; n++) await logIn(7).expect(401);
    await logIn(7, codeOf(secret, 0)).expect(200);
  });

  test('is ended by password and code together, and may be begun anew', async () => {
    const { secret } = await enabled(8);
    const code = codeOf(secret, 0);
    const noPassword = await post(8, 'disable', { password: 'wrong', code }).expect(422);
    expect(noPassword.body.issues[0].path).toBe('body.password');
    const noCode = await post(8, 'disable', { password: 'user-demo', code: '000000' }).expect(422);
    expect(noCode.body.issues[0].path).toBe('body.code');
    const answer = await post(8, 'disable', { password: 'user-demo', code }).expect(200);
    expect(await world.typesOf(answer)).toEqual(['user.two_factor_disabled']);
    await logIn(8).expect(200);
    await post(8, 'disable', { password: 'user-demo', code }).expect(409);
    await enabled(8);
  });

  test('stays when the password is reset; its secret shows in no answer and no event', async () => {
    const { secret } = await enabled(9);
    const { id } = world.person(9);
    const me = world.asCustomer(id);
    const body = { currentPassword: 'user-demo', newPassword: 'something else' };
    await world.ask('post', '/auth/password/change', me).send(body).expect(200);
    const without = await world.logIn(world.person(9).username, 'something else').expect(401);
    expect(without.body.code).toBe('two_factor_required');
    expect(JSON.stringify(await world.service.published())).not.toContain(secret);
    expect((await world.ask('get', `/users/${id}`)).text).not.toContain(secret);
  });

  test('takes no Idempotency-Key: its answers would be kept, with their secrets', async () => {
    await post(10, 'enrol', { password: 'user-demo' }).set('Idempotency-Key', 'a').expect(400);
    await post(10, 'enable', { code: '000000' }).set('Idempotency-Key', 'a').expect(400);
  });
});
