import { type Person, type Role, type TagRead, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { PersonTable } from '../schema.ts';

export type PersonRow = Selectable<PersonTable>;

/** What others may see of an account, in events and answers alike. */
export function presentPerson(row: PersonRow): Person {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    name: row.name,
    tenantId: row.tenant_id,
    status: row.status,
    roles: row.roles as Role[],
    locale: row.locale,
    timeZone: row.time_zone,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function readOf(person: Pick<Person, 'id' | 'version'>): TagRead {
  return { tag: tags.user(person.id), version: person.version };
}
