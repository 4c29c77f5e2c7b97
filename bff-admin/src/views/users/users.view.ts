import { pageQuery, personStatusSchema } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineAdminView } from '../../define-admin-view.ts';

/**
 * The list of people. It is the user service's page as it stands and lives on it alone. Dropped by
 * any change of a person.
 */
export const users = defineAdminView({
  name: 'users',
  params: z.strictObject({
    ...pageQuery,
    q: z.string().max(100).optional(),
    status: personStatusSchema.optional(),
  }),
  scope: 'permission',
  freshFor: '30s',
  servableFor: '10m',
  load: (query, { from, required }) => required('users', () => from.user.listUsers({ query })),
});
