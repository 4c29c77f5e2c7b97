import { defineView, type Scope, type View } from '@cloudphone/view-cache';
import { z } from 'zod';
import { ITEMS, LISTS, OWNERS } from '../world-map.ts';
import type { Sources } from './sources.ts';

const params = z.strictObject({ id: z.number() });
type CheckedView = View<Sources, typeof params, unknown>;

/**
 * Views whose second calls depend on what the first ones answered. Every member of a body is a part
 * of that name, and everything in it that has a version says so: that is how answers are judged.
 */
const listView: CheckedView = defineView<Sources>()({
  name: 'list',
  params,
  scope: 'public',
  freshFor: '4s',
  servableFor: '20s',
  budgetMs: 1_200,
  load: async ({ id }, { from, required, optional }) => {
    const listing = await required('listing', () => from.list(id));
    const items = await required('items', () => from.items(listing.ids));
    const ownerIds = [...new Set(items.map(({ ownerId }) => ownerId))];
    const owners = await optional('owners', () => from.owners(ownerIds));
    return { listing, items, owners };
  },
});

const itemView: CheckedView = defineView<Sources>()({
  name: 'item',
  params,
  scope: 'public',
  freshFor: '3s',
  servableFor: '15s',
  budgetMs: 1_200,
  load: async ({ id }, { from, required, optional }) => {
    const item = await required('item', () => from.item(id));
    const owner = await optional('owner', () => from.owner(item.ownerId));
    return { item, owner };
  },
});

const ownerView: CheckedView = defineView<Sources>()({
  name: 'owner',
  params,
  scope: 'public',
  freshFor: '4s',
  servableFor: '20s',
  budgetMs: 1_200,
  load: async ({ id }, { from, required, optional }) => {
    const [owner, listing, offer] = await Promise.all([
      required('owner', () => from.owner(id)),
      required('listing', () => from.itemsOf(id)),
      required('offer', () => from.offer(id)),
    ]);
    const items = await optional('items', () => from.items(listing.ids));
    return { owner, listing, offer, items };
  },
});

/** Two lists side by side, which may be shown changed for a moment. */
const overviewView: CheckedView = defineView<Sources>()({
  name: 'overview',
  params,
  scope: 'public',
  freshFor: '3s',
  servableFor: '15s',
  toleratesChangeFor: '400ms',
  budgetMs: 1_200,
  load: async ({ id }, { from, required }) => {
    const [listing, owner, offer] = await Promise.all([
      required('listing', () => from.list(id)),
      required('owner', () => from.owner(id)),
      required('offer', () => from.offer(id)),
    ]);
    const items = await required('items', () => from.items(listing.ids.slice(0, 2)));
    return { listing, owner, offer, items };
  },
});

/** One thing that can be read. */
export interface Target {
  readonly view: CheckedView;
  readonly params: { readonly id: number };
}

const targetsOf = (view: CheckedView, count: number): Target[] =>
  Array.from({ length: count }, (_, id) => ({ view, params: { id } }));

/** Every target, in the same order in every process: a target is named by its place. */
export const TARGETS: readonly Target[] = [
  ...targetsOf(itemView, ITEMS),
  ...targetsOf(listView, LISTS),
  ...targetsOf(ownerView, OWNERS),
  ...targetsOf(overviewView, 3),
];

export const placeOf = (viewName: string, id: number): number =>
  TARGETS.findIndex(({ view, params: { id: at } }) => view.name === viewName && at === id);

export const SCOPE: Scope = {
  audience: 'checker',
  tenant: 't',
  subject: 's',
  permissionVersion: 1,
};
