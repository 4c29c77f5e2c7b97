import { pageQuery } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';

/**
 * The apps that anybody may install: those that passed their review, the same for everyone. It lives
 * on the app service alone. Dropped by any change of a listing.
 */
export const apps = defineOwnView({
  name: 'apps',
  params: z.strictObject({ ...pageQuery }),
  scope: 'public',
  freshFor: '1m',
  servableFor: '1h',
  load: (query, { from, required }) =>
    required('apps', () => from.app.listApps({ query: { ...query, reviewStatus: 'approved' } })),
});
