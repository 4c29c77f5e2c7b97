import type { Random } from './random.ts';

/**
 * The small world that is read and written: items are in lists and belong to owners. A key names one
 * of its parts, and is its tag: `item:7`, `owner:2`, `list:3` (which items are in it, in which order),
 * `items-of:2` (which items somebody owns).
 */
export const ITEMS = 48;
export const OWNERS = 10;
export const LISTS = 10;

export type Key = string;
/** A part of the world and its version: what is true has a greater one than what was. */
export type Versioned = readonly [key: Key, version: number];

export const keyOfItem = (id: number): Key => `item:${id}`;
export const keyOfOwner = (id: number): Key => `owner:${id}`;
export const keyOfList = (id: number): Key => `list:${id}`;
export const keyOfItemsOf = (ownerId: number): Key => `items-of:${ownerId}`;

/**
 * What an owner offers changes by time alone: its version is how often it has changed since 1970, and
 * no row of the log ever names it.
 */
export const keyOfOffer = (ownerId: number): Key => `offer:${ownerId}`;
export const offerLastsMs = (ownerId: number): number => 700 + 330 * ownerId;

export const idOf = (key: Key): number => Number(key.slice(key.indexOf(':') + 1));

/** Low numbers far more often than high ones: popular things are read and written at once. */
export function pickPopular(random: Random, count: number): number {
  return Math.floor(count * random.next() ** 2.2);
}
