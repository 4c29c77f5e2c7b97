import type { Random } from '../random.ts';
import {
  ITEMS,
  type Key,
  keyOfItem,
  keyOfItemsOf,
  keyOfList,
  keyOfOwner,
  LISTS,
  OWNERS,
  pickPopular,
  type Versioned,
} from '../world-map.ts';

export const SERVICES = ['items', 'owners', 'lists'] as const;
export type ServiceName = (typeof SERVICES)[number];

interface Item {
  ownerId: number;
  listId: number;
  isGone: boolean;
}

/** What a write did: the log row it becomes names every key whose version it raised. */
export interface Commit {
  readonly service: ServiceName;
  readonly changed: readonly Versioned[];
  /** Somebody lost the right to see it. */
  readonly isAccess: boolean;
}

export interface OwnerAnswer {
  readonly key: Key;
  readonly version: number;
  /** By a source that has not caught up. */
  readonly isBehind?: boolean;
}

export interface ItemAnswer extends OwnerAnswer {
  readonly ownerId: number;
  readonly isGone: boolean;
}

export interface ListingAnswer {
  readonly key: Key;
  readonly version: number;
  readonly ids: readonly number[];
}

/** What is true, in memory: a version of each thing and of each membership. */
export interface TrueWorld {
  item(id: number): ItemAnswer;
  owner(id: number): OwnerAnswer;
  list(id: number): ListingAnswer;
  itemsOf(ownerId: number): ListingAnswer;
  versions(): readonly Versioned[];
  /** Changes something. */
  write(): Commit;
}

export function createTrueWorld(random: Random): TrueWorld {
  const versions = new Map<Key, number>();
  const items: Item[] = [];
  const orders: number[][] = Array.from({ length: LISTS }, () => []);
  for (let id = 0; id < ITEMS; id++) {
    items.push({ ownerId: id % OWNERS, listId: id % LISTS, isGone: false });
    orders[id % LISTS]?.push(id);
  }
  const every = [
    ...items.map((_, id) => keyOfItem(id)),
    ...Array.from({ length: OWNERS }, (_, id) => keyOfOwner(id)),
    ...Array.from({ length: OWNERS }, (_, id) => keyOfItemsOf(id)),
    ...Array.from({ length: LISTS }, (_, id) => keyOfList(id)),
  ];
  for (const key of every) versions.set(key, 1);

  const versionOf = (key: Key) => versions.get(key) ?? 0;
  const raise = (keys: readonly Key[]): Versioned[] =>
    [...new Set(keys)].map((key) => {
      versions.set(key, versionOf(key) + 1);
      return [key, versionOf(key)];
    });
  const itemAt = (id: number) => items[id] as Item;
  const takeOut = (id: number) => {
    const order = orders[itemAt(id).listId] ?? [];
    order.splice(order.indexOf(id), 1);
  };

  const moveItem = (id: number): Commit => {
    const item = itemAt(id);
    const from = item.listId;
    if (!item.isGone) takeOut(id);
    item.listId = random.below(LISTS);
    if (!item.isGone) orders[item.listId]?.push(id);
    const changed = raise([keyOfItem(id), keyOfList(from), keyOfList(item.listId)]);
    return { service: 'items', changed, isAccess: false };
  };
  const transferItem = (id: number): Commit => {
    const item = itemAt(id);
    const from = item.ownerId;
    item.ownerId = random.below(OWNERS);
    const changed = raise([keyOfItem(id), keyOfItemsOf(from), keyOfItemsOf(item.ownerId)]);
    return { service: 'items', changed, isAccess: true };
  };
  const deleteOrRestore = (id: number): Commit => {
    const item = itemAt(id);
    if (item.isGone) orders[item.listId]?.push(id);
    else takeOut(id);
    item.isGone = !item.isGone;
    const changed = raise([keyOfItem(id), keyOfList(item.listId), keyOfItemsOf(item.ownerId)]);
    return { service: 'items', changed, isAccess: item.isGone };
  };
  const reorderList = (id: number): Commit => {
    orders[id] = random.shuffle(orders[id] ?? []);
    return { service: 'lists', changed: raise([keyOfList(id)]), isAccess: false };
  };
  const changeOwner = (id: number): Commit => {
    const isAccess = random.chance(0.2);
    return { service: 'owners', changed: raise([keyOfOwner(id)]), isAccess };
  };
  const touchItem = (id: number): Commit => {
    return { service: 'items', changed: raise([keyOfItem(id)]), isAccess: false };
  };

  const write = (): Commit => {
    const itemId = pickPopular(random, ITEMS);
    // What is gone comes back soon, or hardly anything popular would be there.
    if (itemAt(itemId).isGone) return deleteOrRestore(itemId);
    const choice = random.next();
    if (choice < 0.4) return touchItem(itemId);
    if (choice < 0.6) return changeOwner(pickPopular(random, OWNERS));
    if (choice < 0.72) return moveItem(itemId);
    if (choice < 0.82) return transferItem(itemId);
    if (choice < 0.92) return reorderList(pickPopular(random, LISTS));
    return deleteOrRestore(itemId);
  };

  const idsWhere = (matches: (item: Item) => boolean) =>
    items.flatMap((item, id) => (!item.isGone && matches(item) ? [id] : []));

  return {
    item: (id) => {
      const { ownerId, isGone } = itemAt(id);
      return { key: keyOfItem(id), version: versionOf(keyOfItem(id)), ownerId, isGone };
    },
    owner: (id) => ({ key: keyOfOwner(id), version: versionOf(keyOfOwner(id)) }),
    list: (id) => {
      const ids = (orders[id] ?? []).slice(0, 6);
      return { key: keyOfList(id), version: versionOf(keyOfList(id)), ids };
    },
    itemsOf: (ownerId) => {
      const ids = idsWhere((item) => item.ownerId === ownerId).slice(0, 6);
      return { key: keyOfItemsOf(ownerId), version: versionOf(keyOfItemsOf(ownerId)), ids };
    },
    versions: () => [...versions],
    write,
  };
}
