import { defineRoute, type Route } from '@cloudphone/http';
import * as z from 'zod';

/** Where people who open the bare address in a browser are led: to what this BFF can do. */
export function frontDoorRoute(): Route {
  return defineRoute({
    method: 'GET',
    path: '/',
    summary: 'Leads to the documents of this BFF.',
    access: { kind: 'public' },
    // Links from elsewhere carry members of their own (`?utm_source=…`).
    query: z.looseObject({}),
    status: 302,
    handle: async () => ({ headers: { location: '/docs' } }),
  });
}
