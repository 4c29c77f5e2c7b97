import {
  type EventBody,
  type NewEvent,
  type SessionTokens,
  userCalls,
} from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, type ErrorCodeName } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { sql, type Transaction } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { noteActivity } from '../activity/note-activity.ts';
import type { Attempts } from '../attempts/attempts.ts';
import type { PersonRow } from '../people/present-person.ts';
import type { UserTables } from '../schema.ts';
import { takeCode } from '../two-factor/codes.ts';
import { issueTokens } from './issue-tokens.ts';
import { isPassword } from './passwords.ts';
import { refuseToKeepTokens } from './refuse-to-keep-tokens.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

type Outcome = SessionTokens | { readonly refusal: ErrorCodeName };

/**
 * Opens a log-in. A wrong password and an unknown user name read the same, write the same and take
 * the same time; that an account is suspended, or has a second factor, is told only to whoever
 * knows its password. How often it may be tried: log-in-pace.ts.
 */
export function logInRoute(
  tools: ServiceTools<UserTables>,
  given: { readonly keys: SigningKeys; readonly attempts: Attempts },
): Route {
  const { db, writer, clock } = tools;
  const { keys, attempts } = given;
  return answerCall(userCalls.logIn, async ({ body, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const attemptId = await attempts.beginLogIn(body.username, body.address);
    const account = await db
      .selectFrom('people')
      .select(['id', 'password_hash'])
      .where(sql<string>`lower(username)`, '=', body.username.trim().toLowerCase())
      .executeTakeFirst();
    const isRight = await isPassword(account?.password_hash, body.password);
    const key = await keys.current();

    const { result, eventIds } = await writer.write(async (tx): Promise<Written<Outcome>> => {
      if (account === undefined || !isRight) return fail(tx, account?.id ?? null, 'password');
      // The lock makes a suspension wait for this log-in and close it, or this log-in see it.
      const person = await tx
        .selectFrom('people')
        .selectAll()
        .where('id', '=', account.id)
        .forShare()
        .executeTakeFirst();
      if (person === undefined || person.password_hash !== account.password_hash) {
        return fail(tx, null, 'password');
      }
      if (person.status === 'suspended') return fail(tx, person.id, 'suspended');
      const nowMs = clock.now();
      const code = await takeCode(tx, { personId: person.id, code: body.totp, nowMs });
      if (code === 'wrong') return fail(tx, person.id, 'code');
      if (code === 'missing') {
        await attempts.drop(tx, attemptId);
        return unchanged({ refusal: 'two_factor_required' });
      }
      await attempts.settle(tx, attemptId, 'succeeded');
      return open(tx, { person, key, at: new Date(nowMs) });
    });
    if ('refusal' in result) throw appError(result.refusal);
    return { body: result, eventIds };

    /** Refusals are results, not throws: what is counted and told of them must commit. */
    async function fail(
      tx: Transaction<UserTables>,
      userId: string | null,
      reason: EventBody<'user.login_failed'>['reason'],
    ): Promise<Written<Outcome>> {
      await attempts.settle(tx, attemptId, reason === 'code' ? 'wrong_code' : 'failed');
      const at = new Date(clock.now()).toISOString();
      const failed: NewEvent = { type: 'user.login_failed', data: { userId, reason, at } };
      return { result: { refusal: REFUSALS[reason] }, events: [failed] };
    }
  });

  async function open(
    tx: Transaction<UserTables>,
    {
      person,
      key,
      at,
    }: { readonly person: PersonRow; readonly key: SigningKey; readonly at: Date },
  ): Promise<Written<Outcome>> {
    const sessionId = randomId();
    await tx
      .insertInto('sessions')
      .values({
        id: sessionId,
        person_id: person.id,
        created_at: at,
        closed_at: null,
        closed_because: null,
      })
      .execute();
    await noteActivity(tx, [person.id], at);
    const login: NewEvent = {
      type: 'user.login',
      data: { userId: person.id, sessionId, at: at.toISOString() },
    };
    return { result: await issueTokens(tx, { person, sessionId, key, clock }), events: [login] };
  }
}

const REFUSALS = {
  password: 'credentials_wrong',
  code: 'two_factor_wrong',
  suspended: 'account_suspended',
} as const satisfies Record<EventBody<'user.login_failed'>['reason'], ErrorCodeName>;
