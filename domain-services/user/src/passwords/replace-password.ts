import type { NewEvent } from '@cloudphone/contracts';
import { invalidInput } from '@cloudphone/errors';
import type { Transaction } from '@cloudphone/postgres';
import { accountFacts } from '../people/account-facts.ts';
import type { PersonRow } from '../people/present-person.ts';
import type { UserTables } from '../schema.ts';
import { closeSessions } from '../sessions/close-sessions.ts';

/** Throws invalid_input at `body.<member>` for the first guess that anybody would make. */
export function checkNewPassword(
  password: string,
  person: { readonly username: string; readonly email: string },
  member = 'newPassword',
): void {
  const plain = password.toLowerCase();
  const guesses = [person.username, person.email, person.email.split('@')[0] ?? ''];
  const isGuess = guesses.some((guess) => guess.toLowerCase() === plain);
  const isOneCharacter = new Set(plain).size === 1;
  if (!isGuess && !isOneCharacter) return;
  throw invalidInput([{ path: `body.${member}`, message: 'is too easy to guess' }]);
}

/**
 * Puts the new hash in the place of the old one and ends what the old one may have opened: the
 * person's log-ins, but for the one that they keep, and every reset that is under way. Returns the
 * events of it. The person's row is locked by the caller.
 */
export async function replacePassword(
  tx: Transaction<UserTables>,
  person: PersonRow,
  given: { readonly hash: string; readonly at: Date; readonly keptSessionId?: string },
): Promise<[NewEvent, ...NewEvent[]]> {
  const { hash, at, keptSessionId } = given;
  await tx.updateTable('people').set({ password_hash: hash }).where('id', '=', person.id).execute();
  await tx
    .updateTable('password_resets')
    .set({ used_at: at })
    .where('person_id', '=', person.id)
    .where('used_at', 'is', null)
    .execute();
  const closed = await closeSessions(
    tx,
    { personId: person.id, ...(keptSessionId === undefined ? {} : { exceptId: keptSessionId }) },
    { reason: 'password_changed', at },
  );
  return [{ type: 'user.password_changed', data: accountFacts(person, at) }, ...closed];
}
