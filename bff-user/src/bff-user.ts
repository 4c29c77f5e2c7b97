import type { BffDefinition } from '@cloudphone/bff';
import { actions, proxies, views } from './routes.ts';
import { sockets } from './sockets.ts';
import { home } from './views/home/home.view.ts';
import { myDevices } from './views/my-devices/my-devices.view.ts';

/** The user BFF: for everybody, and always the caller's own. */
export const bffUser: BffDefinition = {
  name: 'bff-user',
  audience: 'user',
  mayLogIn: () => true,
  views,
  actions,
  proxies,
  sockets,
  firstScreens: [home.name, myDevices.name],
};
