import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, notFound } from '@cloudphone/errors';
import type { Attempts } from '../attempts/attempts.ts';
import type { PersonRow } from '../people/present-person.ts';
import type { UserTables } from '../schema.ts';
import { isPassword } from '../sessions/passwords.ts';

/**
 * The person, if that is their password: a token alone, which may be stolen, must not be enough to
 * lock its owner out. Throws invalid_input at `body.<member>`, and rate_limited for guesses.
 */
export async function confirmPassword(
  { db, postgres }: ServiceTools<UserTables>,
  attempts: Attempts,
  given: { readonly userId: string; readonly password: string; readonly member: string },
): Promise<PersonRow> {
  const { userId, password, member } = given;
  const attemptId = await attempts.beginConfirmation(userId);
  const person = await db
    .selectFrom('people')
    .selectAll()
    .where('id', '=', userId)
    .executeTakeFirst();
  const isRight = await isPassword(person?.password_hash, password);
  if (person === undefined) throw notFound('user', userId);
  if (!isRight) {
    await attempts.settle(postgres.db, attemptId, 'failed');
    throw invalidInput([{ path: `body.${member}`, message: 'is not your password' }]);
  }
  await attempts.drop(postgres.db, attemptId);
  return person;
}
