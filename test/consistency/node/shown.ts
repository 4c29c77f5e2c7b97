import type { Key } from '../world-map.ts';

export interface ShownKey {
  readonly part: string;
  readonly key: Key;
  readonly version: number;
  /** Its source answered from before: only what rows have told its node can show that. */
  readonly isBehind: boolean;
  /** Epoch ms from which on it is not true; Infinity: only the log says. */
  readonly untilMs: number;
}

/** What an answer shows, and how it has been judged before. */
export interface Shown {
  readonly keys: readonly ShownKey[];
  /** How far the node's knowledge had grown when nothing was found missing. */
  judgedAt: number;
  lastBeganAtMs: number;
  /** What the last read was, but for repeated ones from memory. */
  how: string;
}

const known = new WeakMap<Buffer, Shown>();

/** Hits give the same bytes again and again: they are read once. */
export function readShown(body: Buffer): Shown {
  const found = known.get(body);
  if (found) return found;
  const keys: ShownKey[] = [];
  const members = JSON.parse(body.toString()) as Record<string, unknown>;
  for (const [part, member] of Object.entries(members)) collect(part, member, keys);
  const shown = { keys, judgedAt: -1, lastBeganAtMs: 0, how: '' };
  known.set(body, shown);
  return shown;
}

/** An absence says which version of what is gone. */
export function readAbsence(message: string): Shown | undefined {
  const match = /gone (\S+)@(\d+)( behind)?/.exec(message);
  if (!match?.[1]) return undefined;
  const [, key, version, behind] = match;
  const isBehind = behind !== undefined;
  const keys = [{ part: 'item', key, version: Number(version), isBehind, untilMs: Infinity }];
  return { keys, judgedAt: -1, lastBeganAtMs: 0, how: '' };
}

function collect(part: string, value: unknown, into: ShownKey[]): void {
  if (Array.isArray(value)) for (const each of value) collect(part, each, into);
  if (value === null || typeof value !== 'object') return;
  const { key, version, ...also } = value as Record<string, unknown>;
  if (typeof key !== 'string' || typeof version !== 'number') return;
  const untilMs = typeof also.untilMs === 'number' ? also.untilMs : Infinity;
  into.push({ part, key, version, isBehind: also.isBehind === true, untilMs });
}
