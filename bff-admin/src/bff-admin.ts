import type { BffDefinition } from '@cloudphone/bff';
import { jobs } from './jobs.ts';
import { mounts } from './mounts.ts';
import { actions, proxies, views } from './routes.ts';
import { sockets } from './sockets.ts';

/** The admin BFF: for staff, that is for people who may do anything in the console at all. */
export const bffAdmin: BffDefinition = {
  name: 'bff-admin',
  audience: 'admin',
  mayLogIn: ({ permissions }) => permissions.length > 0,
  views,
  actions,
  proxies,
  sockets,
  jobs,
  mounts,
};
