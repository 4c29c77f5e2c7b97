import { buildAsyncApi } from '@cloudphone/contracts';
import { defineRoute, type Route } from '@cloudphone/http';

/** What programs can hear, as `/openapi.json` says what they can ask. */
export function eventDocumentsRoute(version: string): Route {
  let document: object | undefined;
  return defineRoute({
    method: 'GET',
    path: '/asyncapi.json',
    summary: 'Every event and who hears what of it (AsyncAPI 3).',
    access: { kind: 'public' },
    handle: async () => {
      document ??= buildAsyncApi(version);
      return { body: document };
    },
  });
}
