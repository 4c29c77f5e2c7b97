import { LRUCache } from 'lru-cache';
import type { Scope } from './define-view.ts';
import type { ViewRequest } from './reader.ts';

/** All that is needed to ask for a view again, in a form that travels. */
export interface Recipe {
  readonly view: string;
  readonly params: unknown;
  readonly scope: Scope;
}

/** What was asked for on this node lately, by key: what is in memory has no parameters of its own. */
export interface Recipes {
  note(request: ViewRequest): void;
  find(key: string): ViewRequest | undefined;
  all(): Iterable<[key: string, request: ViewRequest]>;
}

export function createRecipes(max = 20_000): Recipes {
  const requests = new LRUCache<string, ViewRequest>({ max });
  return {
    // Without the token, which was one reader's.
    note: (request) => void requests.set(request.key, { ...request, token: undefined }),
    find: (key) => requests.get(key),
    all: () => requests.entries(),
  };
}

export function recipeOf({ view, params, scope }: ViewRequest): Recipe {
  return { view: view.name, params, scope };
}
