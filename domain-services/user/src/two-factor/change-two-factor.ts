import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import type { Attempts } from '../attempts/attempts.ts';
import { confirmPassword } from '../passwords/confirm-password.ts';
import { accountFacts } from '../people/account-facts.ts';
import type { PersonRow } from '../people/present-person.ts';
import type { UserTables } from '../schema.ts';
import { personAsking } from '../sessions/on-behalf.ts';
import { refuseToKeepTokens } from '../sessions/refuse-to-keep-tokens.ts';
import { newRecoveryCodes, newSecret, stepOfCode, takeCode, totpOf } from './codes.ts';

type EnableOutcome = 'done' | 'wrong' | 'enabled already' | 'not enrolled';
type Taken = Awaited<ReturnType<typeof takeCode>>;

interface Given {
  readonly attempts: Attempts;
}

/** A new secret in the place of one that was never enabled; the password is asked for. */
export function enrolTwoFactorRoute(tools: ServiceTools<UserTables>, { attempts }: Given): Route {
  const { postgres } = tools;
  return answerCall(userCalls.enrolTwoFactor, async ({ body, identity, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const { userId } = personAsking(identity);
    const { password } = body;
    const person = await confirmPassword(tools, attempts, { userId, password, member: 'password' });
    const secret = newSecret();
    const enrolled = await postgres.db
      .insertInto('two_factor')
      .values({ person_id: userId, secret, enabled_at: null, last_step: 0 })
      .onConflict((conflict) =>
        conflict
          .column('person_id')
          .doUpdateSet({ secret, last_step: 0 })
          .where('two_factor.enabled_at', 'is', null),
      )
      .executeTakeFirst();
    if (enrolled.numInsertedOrUpdatedRows !== 1n) throw isEnabledAlready(userId);
    return { body: { secret, otpauthUri: totpOf(secret, person.username).toString() } };
  });
}

/** A code of the new secret shows that the app has it; answers recovery codes, this once. */
export function enableTwoFactorRoute(tools: ServiceTools<UserTables>, { attempts }: Given): Route {
  const { writer, postgres, clock } = tools;
  return answerCall(userCalls.enableTwoFactor, async ({ body, identity, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const { userId } = personAsking(identity);
    const attemptId = await attempts.beginConfirmation(userId);
    const codes = newRecoveryCodes();
    const { result: outcome, eventIds } = await writer.write<EnableOutcome>(async (tx) => {
      const person = await lockPerson(tx, userId);
      const at = new Date(clock.now());
      const factor = await tx
        .selectFrom('two_factor')
        .selectAll()
        .where('person_id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      if (factor === undefined) return unchanged('not enrolled');
      if (factor.enabled_at !== null) return unchanged('enabled already');
      const step = stepOfCode(body.code, factor, at.getTime());
      if (step === undefined) return unchanged('wrong');
      await tx
        .updateTable('two_factor')
        .set({ enabled_at: at, last_step: step })
        .where('person_id', '=', userId)
        .execute();
      const rows = codes.map(({ hash }) => ({ hash, person_id: userId, used_at: null }));
      await tx.insertInto('recovery_codes').values(rows).execute();
      const data = accountFacts(person, at);
      return { result: 'done', events: [{ type: 'user.two_factor_enabled', data }] };
    });
    if (outcome === 'wrong') {
      await attempts.settle(postgres.db, attemptId, 'failed');
      throw isWrongCode();
    }
    await attempts.drop(postgres.db, attemptId);
    if (outcome === 'enabled already') throw isEnabledAlready(userId);
    if (outcome === 'not enrolled') {
      throw stateConflict('second factor', userId, 'It is enrolled before it is enabled.');
    }
    return { body: { recoveryCodes: codes.map(({ text }) => text) }, eventIds };
  });
}

/** Password and code together end it: neither a stolen token nor a stolen telephone is enough. */
export function disableTwoFactorRoute(tools: ServiceTools<UserTables>, { attempts }: Given): Route {
  const { writer, postgres, clock } = tools;
  return answerCall(userCalls.disableTwoFactor, async ({ body, identity, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const { userId } = personAsking(identity);
    const { password, code } = body;
    await confirmPassword(tools, attempts, { userId, password, member: 'password' });
    const attemptId = await attempts.beginConfirmation(userId);
    const { result: outcome, eventIds } = await writer.write<Taken>(async (tx) => {
      const person = await lockPerson(tx, userId);
      const at = new Date(clock.now());
      const taken = await takeCode(tx, { personId: userId, code, nowMs: at.getTime() });
      if (taken !== 'right') return unchanged(taken);
      await tx.deleteFrom('two_factor').where('person_id', '=', userId).execute();
      const data = accountFacts(person, at);
      return { result: taken, events: [{ type: 'user.two_factor_disabled', data }] };
    });
    if (outcome === 'wrong' || outcome === 'missing') {
      await attempts.settle(postgres.db, attemptId, 'failed');
      throw isWrongCode();
    }
    await attempts.drop(postgres.db, attemptId);
    if (outcome === 'none') throw stateConflict('second factor', userId, 'There is none.');
    return { body: {}, eventIds };
  });
}

function lockPerson(tx: Transaction<UserTables>, userId: string): Promise<PersonRow> {
  return tx
    .selectFrom('people')
    .selectAll()
    .where('id', '=', userId)
    .forShare()
    .executeTakeFirstOrThrow();
}

/** Not a 401: the log-in that asks is good. */
const isWrongCode = () =>
  invalidInput([{ path: 'body.code', message: 'is not right, or was used' }]);

const isEnabledAlready = (userId: string) =>
  stateConflict('second factor', userId, 'A second factor is enabled already.');
