import { definitionOf, EVENT_TYPES } from '@cloudphone/contracts';
import * as z from 'zod';

/** JSON Schema of each event's data, by type. */
export type EventSchemas = Readonly<Record<string, unknown>>;

export function presentSchemas(): EventSchemas {
  return Object.fromEntries(
    EVENT_TYPES.map((type) => {
      const { $schema: _dialect, ...schema } = z.toJSONSchema(definitionOf(type).data, {
        unrepresentable: 'any',
      });
      return [type, schema];
    }),
  );
}

interface Shape {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
}

/**
 * What a process of the version before could not live with: while a platform is being renewed, two
 * versions read and write the same log. A type or member that is gone, one that has become another
 * type, a value that enters a closed list, a new member that old rows lack.
 */
export function breakingChanges(before: EventSchemas, now: EventSchemas): string[] {
  return Object.entries(before).flatMap(([type, schema]) => {
    const present = now[type];
    if (present === undefined) return [`${type} is gone`];
    return shapeChanges(type, schema as Shape, present as Shape);
  });
}

function shapeChanges(at: string, before: Shape, now: Shape): string[] {
  if (JSON.stringify(before.type) !== JSON.stringify(now.type)) return [`${at} has another type`];
  const members = Object.entries(before.properties ?? {}).flatMap(([name, shape]) => {
    const present = now.properties?.[name];
    return present === undefined
      ? [`${at}.${name} is gone`]
      : shapeChanges(`${at}.${name}`, shape, present);
  });
  const wanted = (now.required ?? [])
    .filter((name) => before.properties?.[name] === undefined && !before.required?.includes(name))
    .map((name) => `${at}.${name} is wanted of rows that lack it: make it optional`);
  const loosened = (before.required ?? [])
    .filter((name) => now.properties?.[name] && !now.required?.includes(name))
    .map((name) => `${at}.${name} may be missing for readers that count on it`);
  const values = (before.enum && now.enum?.filter((value) => !before.enum?.includes(value))) ?? [];
  const added = values.map((value) => `${at} may be ${String(value)}, which old readers refuse`);
  const items = before.items && now.items ? shapeChanges(`${at}[]`, before.items, now.items) : [];
  const choices = (before.anyOf ?? []).flatMap((shape, place) => {
    const present = now.anyOf?.[place];
    return present === undefined ? [`${at} has fewer forms`] : shapeChanges(at, shape, present);
  });
  return [...members, ...wanted, ...loosened, ...added, ...items, ...choices];
}
