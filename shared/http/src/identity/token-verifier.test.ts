import { upstreamUnavailable } from '@cloudphone/errors';
import { createManualClock } from '@cloudphone/runtime';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ADA } from '../fixtures/test-server.ts';
import { createTokenVerifier } from './token-verifier.ts';

const issuer = 'cloudphone-user-service';
const audience = 'cloudphone';

/** A user service with its keys, and somebody who verifies what it signs. */
async function world() {
  const clock = createManualClock();
  const pairs = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  const addKey = async (kid: string) => {
    pairs.set(kid, await generateKeyPair('EdDSA', { extractable: true }));
  };
  await addKey('one');
  const state = { loads: 0, isAway: false };
  const tokens = createTokenVerifier({
    issuer,
    audience,
    clock,
    loadKeys: async () => {
      state.loads += 1;
      if (state.isAway) throw upstreamUnavailable('user', 'away');
      const keys = [...pairs].map(async ([kid, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        kid,
      }));
      return { keys: await Promise.all(keys) };
    },
  });
  const sign = (
    claims: Record<string, unknown> = {},
    { kid = 'one', alg = 'EdDSA' }: { kid?: string; alg?: string } = {},
  ) => {
    const nowSeconds = clock.now() / 1_000;
    return new SignJWT({
      sub: ADA.userId,
      sid: ADA.sessionId,
      tenant: ADA.tenantId,
      roles: ADA.roles,
      permissions: ADA.permissions,
      pv: ADA.permissionVersion,
      iss: issuer,
      aud: audience,
      iat: nowSeconds,
      exp: nowSeconds + 600,
      ...claims,
    })
      .setProtectedHeader({ alg, kid })
      .sign(pairs.get(kid)!.privateKey);
  };
  return { clock, tokens, sign, addKey, pairs, state };
}

describe('a token', () => {
  test('of ours → is the identity it was issued for', async () => {
    const { tokens, sign } = await world();
    expect(await tokens.verify(await sign())).toEqual(ADA);
  });

  test('verified before → is known at once, as the same object, until it ends', async () => {
    const { tokens, sign, clock } = await world();
    const token = await sign();
    expect(tokens.peek(token)).toBeUndefined();
    const identity = await tokens.verify(token);
    expect(tokens.peek(token)).toBe(identity);
    expect(await tokens.verify(token)).toBe(identity);
    clock.turn(600_000);
    expect(tokens.peek(token)).toBeUndefined();
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  test.each([
    ['that has ended', { exp: 1 }, 'token_expired'],
    ['of another issuer', { iss: 'https://elsewhere' }, 'not_authenticated'],
    ['for somebody else', { aud: 'another-api' }, 'not_authenticated'],
    ['without an end', { exp: undefined }, 'not_authenticated'],
    ['without a session', { sid: undefined }, 'not_authenticated'],
    ['with a permission that there is not', { permissions: ['all'] }, 'not_authenticated'],
  ])('%s → is refused', async (_what, claims, code) => {
    const { tokens, sign } = await world();
    await expect(tokens.verify(await sign(claims))).rejects.toMatchObject({ code });
  });

  test('that was touched, or has no signature → is refused', async () => {
    const { tokens, sign } = await world();
    const [header, , signature] = (await sign()).split('.');
    const [, payload] = (await sign({ roles: ['admin'] })).split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of [`${header}.${payload}.${signature}`, `${none}.${payload}.`, 'nonsense']) {
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'not_authenticated' });
    }
  });
});

describe('a revocation', () => {
  test('of a person → ends what was issued before it, not what is issued in its millisecond', async () => {
    const { tokens, sign, clock } = await world();
    for (let ms = 0; ms < 20; ms++) {
      const before = await sign();
      await tokens.verify(before);
      clock.turn(1);
      tokens.revokePerson(ADA.userId, clock.now());
      expect(tokens.peek(before)).toBeUndefined();
      await expect(tokens.verify(before)).rejects.toMatchObject({ code: 'token_expired' });
      expect(await tokens.verify(await sign())).toEqual(ADA);
    }
  });

  test('of a session → ends all of it, by whatever clock its tokens were issued', async () => {
    const { tokens, sign, clock } = await world();
    const ahead = await sign({ iat: clock.now() / 1_000 + 30 });
    await tokens.verify(ahead);
    tokens.revokeSession(ADA.sessionId, clock.now());
    expect(tokens.peek(ahead)).toBeUndefined();
    await expect(tokens.verify(ahead)).rejects.toMatchObject({ code: 'token_expired' });
    const sid = ADA.sessionId.replace(/.$/, '9');
    expect(await tokens.verify(await sign({ sid }))).toEqual({ ...ADA, sessionId: sid });
  });

  test('that is heard before the token is seen → holds as well', async () => {
    const { tokens, sign, clock } = await world();
    const token = await sign();
    tokens.revokeSession(ADA.sessionId, clock.now() + 1);
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  test('of an earlier instant → does not undo a later one', async () => {
    const { tokens, sign, clock } = await world();
    const token = await sign();
    tokens.revokePerson(ADA.userId, clock.now() + 1_000);
    tokens.revokePerson(ADA.userId, clock.now() - 1_000);
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  test('of others → changes nothing', async () => {
    const { tokens, sign, clock } = await world();
    const token = await sign();
    tokens.revokeSession(ADA.userId.replace(/.$/, '9'), clock.now() + 1);
    expect(await tokens.verify(token)).toEqual(ADA);
  });
});

describe('the published keys', () => {
  test('are asked for once, when the first token comes', async () => {
    const { tokens, sign, state } = await world();
    expect(state.loads).toBe(0);
    const many = await Promise.all(Array.from({ length: 20 }, (_, pv) => sign({ pv })));
    await Promise.all(many.map((token) => tokens.verify(token)));
    expect(state.loads).toBe(1);
  });

  test('are asked for again when a token names a new one, but not for every made-up one', async () => {
    const { tokens, sign, addKey, clock, state, pairs } = await world();
    await tokens.verify(await sign());
    await addKey('two');
    clock.turn(5_000);
    expect(await tokens.verify(await sign({}, { kid: 'two' }))).toEqual(ADA);
    expect(state.loads).toBe(2);
    await addKey('made-up');
    const forged = await sign({}, { kid: 'made-up' });
    pairs.delete('made-up');
    for (let time = 0; time < 5; time++) {
      await expect(tokens.verify(forged)).rejects.toMatchObject({ code: 'not_authenticated' });
    }
    expect(state.loads).toBe(2);
  });

  test('that cannot be had → are the platform’s failure, not the caller’s', async () => {
    const { tokens, sign, state } = await world();
    state.isAway = true;
    const token = await sign();
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'upstream_unavailable' });
    state.isAway = false;
    expect(await tokens.verify(token)).toEqual(ADA);
  });
});
