import { randomUUID } from 'node:crypto';
import type { NewEvent } from '@cloudphone/contracts';

/** An event whose key is `user:<key>` and whose version is the number. */
export function entryEvent(key: string, number: number): NewEvent {
  return {
    type: 'user.updated',
    data: {
      id: key,
      username: 'someone',
      email: 'someone@example.com',
      name: randomUUID(),
      tenantId: 'acme',
      status: 'active',
      roles: [],
      locale: 'en',
      timeZone: 'UTC',
      version: number,
      createdAt: new Date(0).toISOString(),
      updatedAt: new Date(0).toISOString(),
    },
  };
}
