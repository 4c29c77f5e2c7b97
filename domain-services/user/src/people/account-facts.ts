import type { PersonRow } from './present-person.ts';

/** Whose account something happened to, with what a message to them needs. */
export function accountFacts(person: PersonRow, at: Date) {
  return {
    userId: person.id,
    name: person.name,
    email: person.email,
    locale: person.locale,
    at: at.toISOString(),
  };
}
