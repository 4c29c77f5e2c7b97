import type { SegmentDefinition } from '@cloudphone/contracts';
import { type IdPages, intersect, openIds } from './ids-in-order.ts';
import type { PeopleServices } from './people-services.ts';

const DAY_MS = 86_400_000;

/**
 * Everybody who fits all of a definition, ascending by id, as the owning services know them while
 * this is read; days count back or forth from `nowMs`. Holds one page of each service at a time.
 * Throws as service calls do.
 */
export function peopleOfSegment(
  definition: SegmentDefinition,
  options: {
    readonly services: PeopleServices;
    readonly nowMs: number;
    /** Only ids after this one. */
    readonly after?: string | undefined;
  },
): AsyncGenerator<string> {
  const { services, nowMs, after } = options;
  const { within, without } = sourcesOf(definition, services, nowMs);
  const open = (pages: IdPages) => openIds(pages, after);
  const [first, ...rest] = within;
  return intersect([open(first), ...rest.map(open)], without.map(open), after);
}

interface Sources {
  readonly within: readonly [IdPages, ...IdPages[]];
  readonly without: readonly IdPages[];
}

function sourcesOf(
  definition: SegmentDefinition,
  services: PeopleServices,
  nowMs: number,
): Sources {
  const within: IdPages[] = [];
  const without: IdPages[] = [];
  const { balanceBelow, devicesExpiringWithinDays: days, hasRunningDevice } = definition;
  const owners =
    (query: { expiringAfter?: string; expiringBefore?: string; isRunning?: 'true' }): IdPages =>
    (cursor) =>
      services.device.listSegmentOwners({ query: { ...query, cursor } });
  if (days !== undefined) {
    const expiring = { expiringAfter: daysFrom(nowMs, 0), expiringBefore: daysFrom(nowMs, days) };
    within.push(owners(expiring));
  }
  if (hasRunningDevice === true) within.push(owners({ isRunning: 'true' }));
  if (hasRunningDevice === false) without.push(owners({ isRunning: 'true' }));
  if (balanceBelow !== undefined) {
    within.push((cursor) =>
      services.billing.listSegmentBalances({ query: { below: balanceBelow, cursor } }),
    );
  }
  const { status, roles, tenantId, seenWithinDays, notSeenForDays } = definition;
  const query = {
    ...(status === undefined ? {} : { status }),
    ...(roles === undefined ? {} : { roles: roles.join(',') }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(seenWithinDays === undefined ? {} : { seenSince: daysFrom(nowMs, -seenWithinDays) }),
    ...(notSeenForDays === undefined ? {} : { notSeenSince: daysFrom(nowMs, -notSeenForDays) }),
  };
  const people: IdPages = (cursor) =>
    services.user.listSegmentPeople({ query: { ...query, cursor } });
  // Whoever is left out is left out of somebody.
  const isAsked = Object.keys(query).length > 0 || within.length === 0;
  const [first, ...rest] = isAsked ? [people, ...within] : within;
  if (first === undefined) throw new Error('a segment without conditions');
  return { within: [first, ...rest], without };
}

function daysFrom(nowMs: number, days: number): string {
  return new Date(nowMs + days * DAY_MS).toISOString();
}
