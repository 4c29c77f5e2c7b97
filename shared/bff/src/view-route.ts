import type { Tail } from '@cloudphone/event-log';
import { type Access, defineRoute, type Route } from '@cloudphone/http';
import type { ServiceClients } from '@cloudphone/service-clients';
import type { View, ViewCache } from '@cloudphone/view-cache';
import * as z from 'zod';
import { readToken } from './read-token.ts';
import { type Audience, scopeOf } from './scope-of.ts';
import { viewHeaders } from './view-headers.ts';

/** Routes that need to know who asks. */
type ViewAccess = Exclude<Access, { readonly kind: 'public' | 'internal' }>;

/** Where a view is served, and to whom. Its parameters are the path's and the query's together. */
export interface ViewRoute {
  readonly path: string;
  readonly summary: string;
  readonly access: ViewAccess;
  readonly view: View<ServiceClients, z.ZodObject, unknown>;
}

/** Declares the address of a view: one entry in a BFF's table of routes. */
export function viewRoute<Params extends z.ZodObject, Body>(route: {
  readonly path: string;
  readonly summary: string;
  readonly access: ViewAccess;
  readonly view: View<ServiceClients, Params, Body>;
}): ViewRoute {
  return { ...route, view: route.view as unknown as ViewRoute['view'] };
}

/** A view's address as a route of Express: the whole way, for whatever the fast path declines. */
export function serveView(
  { path, summary, access, view }: ViewRoute,
  given: {
    readonly cache: Pick<ViewCache<ServiceClients>, 'read'>;
    readonly tail: Pick<Tail, 'waitForEvent'>;
    readonly audience: Audience;
  },
): Route {
  const { cache, tail, audience } = given;
  const isInPath = namesInPath(path, view);
  return defineRoute({
    method: 'GET',
    path,
    summary,
    access,
    params: shapeOf(view, isInPath),
    query: shapeOf(view, (name) => !isInPath(name)),
    handle: async ({ params, query, identity, token }) => {
      const answer = await cache.read(
        view,
        { ...params, ...query },
        { scope: scopeOf(audience, identity), token: await readToken(token, tail) },
      );
      return { bytes: answer.body, headers: viewHeaders(answer) };
    },
  });
}

type ServedView = ViewRoute['view'];

/** Which parameters stand in the path (`:deviceId`). Throws for one that the view does not take. */
function namesInPath(path: string, view: ServedView): (name: string) => boolean {
  const names = new Set([...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name));
  for (const name of names) {
    if (!(name in view.params.shape)) throw new TypeError(`${view.name} takes no ${name}`);
  }
  return (name) => names.has(name);
}

function shapeOf(view: ServedView, isMeant: (name: string) => boolean): z.ZodObject {
  const members = Object.entries(view.params.shape).filter(([name]) => isMeant(name));
  return z.strictObject(Object.fromEntries(members));
}
