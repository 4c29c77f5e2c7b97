import type { Clock } from '@cloudphone/runtime';
import { z } from 'zod';
import { type LoadedEntry, ownBuffer } from './entry.ts';

/**
 * The form of an entry in the second tier: one line of JSON, then the bytes of the body. Instants
 * travel as wall-clock time and are turned into what remains of them on arrival.
 */
const headerSchema = z.object({
  epoch: z.string(),
  start: z.number(),
  tags: z.array(z.string()),
  etag: z.string(),
  bodyBytes: z.number(),
  createdAt: z.number(),
  freshUntil: z.number(),
  servableUntil: z.number(),
  changesAt: z.number().nullable(),
  loadMs: z.number(),
  absence: z.string().nullable(),
  versions: z.array(z.tuple([z.string(), z.number()])),
  parts: z.record(
    z.string(),
    z.object({
      start: z.number(),
      tags: z.array(z.string()),
      loadedAt: z.number(),
      json: z.string().nullable(),
    }),
  ),
});
type FrameHeader = z.infer<typeof headerSchema>;

const NEW_LINE = 10;

/** What is stored: an entry, and the versions that its sources answered with, by tag. */
export interface Frame {
  readonly entry: LoadedEntry;
  readonly versions: readonly (readonly [tag: string, version: number])[];
}

export function encodeFrame({ entry, versions }: Frame, clock: Clock): Buffer {
  const toWall = clock.now() - clock.monotonicMs();
  const header: FrameHeader = {
    epoch: entry.epoch,
    start: entry.start,
    tags: [...entry.tags],
    etag: entry.etag,
    bodyBytes: entry.body.length,
    createdAt: entry.createdAtMs + toWall,
    freshUntil: entry.freshUntilMs + toWall,
    servableUntil: entry.servableUntilMs + toWall,
    changesAt: entry.changesAtMs === Infinity ? null : entry.changesAtMs + toWall,
    loadMs: entry.loadMs,
    absence: entry.absence ?? null,
    versions: versions.map(([tag, version]) => [tag, version]),
    parts: Object.fromEntries(
      [...entry.parts].map(([name, part]) => [
        name,
        {
          start: part.start,
          tags: [...part.tags],
          loadedAt: part.loadedAtMs + toWall,
          json: part.json ?? null,
        },
      ]),
    ),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), entry.body]);
}

/**
 * Undefined for a frame that is cut short or of another form. A lifetime never grows on the way:
 * a writer whose clock runs ahead cannot make an entry live longer than `servableForMs`.
 */
export function decodeFrame(
  frame: Buffer,
  { clock, servableForMs }: { readonly clock: Clock; readonly servableForMs: number },
): Frame | undefined {
  const header = decodeHeader(frame);
  const body = frame.subarray(frame.indexOf(NEW_LINE) + 1);
  if (header === undefined || body.length !== header.bodyBytes) return undefined;
  const nowMs = clock.monotonicMs();
  const toMonotonic = nowMs - clock.now();
  const latestMs = nowMs + servableForMs;
  const entry = {
    epoch: header.epoch,
    start: header.start,
    tags: header.tags,
    // A copy: the reply is a slice of a larger buffer that would stay alive with it.
    body: ownBuffer(body),
    etag: header.etag,
    createdAtMs: Math.min(header.createdAt + toMonotonic, nowMs),
    freshUntilMs: Math.min(header.freshUntil + toMonotonic, latestMs),
    servableUntilMs: Math.min(header.servableUntil + toMonotonic, latestMs),
    changesAtMs: header.changesAt === null ? Infinity : header.changesAt + toMonotonic,
    loadMs: header.loadMs,
    parts: new Map(
      Object.entries(header.parts).map(([name, part]) => [
        name,
        {
          start: part.start,
          tags: part.tags,
          loadedAtMs: part.loadedAt + toMonotonic,
          json: part.json ?? undefined,
        },
      ]),
    ),
    degraded: [],
    stale: [],
    absence: header.absence ?? undefined,
  };
  return { entry, versions: header.versions };
}

function decodeHeader(frame: Buffer): FrameHeader | undefined {
  const end = frame.indexOf(NEW_LINE);
  if (end < 0) return undefined;
  try {
    return headerSchema.safeParse(JSON.parse(frame.toString('utf8', 0, end))).data;
  } catch {
    // Not JSON: not a frame of ours, which the caller counts as absent.
    return undefined;
  }
}
