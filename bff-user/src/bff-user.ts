import type { BffDefinition } from '@cloudphone/bff';
import { actions, proxies, views } from './routes.ts';
import { sockets } from './sockets.ts';

/** The user BFF: for everybody, and always the caller's own. */
export const bffUser: BffDefinition = {
  name: 'bff-user',
  audience: 'user',
  mayLogIn: () => true,
  views,
  actions,
  proxies,
  sockets,
};
