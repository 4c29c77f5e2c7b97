import { appError, toAppError } from '@cloudphone/errors';
import { z } from 'zod';
import type { CacheCore } from './core.ts';
import type { AnyView } from './define-view.ts';
import { peekView, readView } from './read-view.ts';
import type { Recipe } from './recipes.ts';
import { keyOfParsed, parseParams } from './view-key.ts';

export interface WarmUp {
  /** Already in memory, brought there, or not to be had. */
  readonly held: number;
  readonly warmed: number;
  readonly failed: number;
}

const recipeSchema = z.object({
  view: z.string(),
  params: z.unknown(),
  scope: z.object({
    audience: z.string(),
    tenant: z.string(),
    subject: z.string(),
    permissionVersion: z.number(),
  }),
});

/** Loads at a time: warming must not be what makes the services slow. */
const MAX_AT_A_TIME = 4;

/** Brings the cluster's hottest answers (or those named) into memory, a few at a time. */
export async function warmUp(
  core: CacheCore,
  views: ReadonlyMap<string, AnyView>,
  wanted: { readonly limit: number; readonly view?: string; readonly recipes?: readonly Recipe[] },
): Promise<WarmUp> {
  const recipes = wanted.recipes ?? (await hottestOf(core, wanted));
  const queue = recipes.slice(0, wanted.limit).values();
  const result = { held: 0, warmed: 0, failed: 0 };
  const work = async (): Promise<void> => {
    for (const recipe of queue) result[await warm(core, views, recipe)]++;
  };
  await Promise.all(Array.from({ length: MAX_AT_A_TIME }, work));
  return result;
}

async function hottestOf(
  core: CacheCore,
  { limit, view }: { readonly limit: number; readonly view?: string },
): Promise<readonly Recipe[]> {
  const told = await core.store.ask((store) => store.hottest(view === undefined ? limit : 1_000));
  const recipes = told.flatMap((text) => recipeSchema.safeParse(parseJson(text)).data ?? []);
  return view === undefined ? recipes : recipes.filter((recipe) => recipe.view === view);
}

async function warm(
  core: CacheCore,
  views: ReadonlyMap<string, AnyView>,
  { view: name, params: asked, scope }: Recipe,
): Promise<keyof WarmUp> {
  const view = views.get(name);
  if (view === undefined) return 'failed';
  try {
    const params = parseParams(view, asked);
    const key = keyOfParsed(view, params, scope);
    if (peekView(core, { view, key }, undefined)) return 'held';
    const request = { view, key, params, scope, token: undefined };
    core.recipes.note(request);
    await readView(core, request);
    return 'warmed';
  } catch (thrown) {
    const err = toAppError(thrown);
    core.logger.debug({ err, view: name }, 'a view could not be warmed');
    return 'failed';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw appError('internal', { privateDetail: 'heat in Redis is not JSON', cause });
  }
}
