import * as z from 'zod';

/** Ids everywhere are lower-case UUIDs. */
export const idSchema = z.uuid().toLowerCase();

/** RFC 3339, UTC. */
export const timeSchema = z.iso.datetime();

/** Whole minor units (cents, fen) and an ISO 4217 code; never fractions. */
export const moneySchema = z.object({ amount: z.int(), currency: z.string().length(3) });
export type Money = z.infer<typeof moneySchema>;

/** A query parameter that may be given as `a,b,c`; at most 200 ids. */
export const idListSchema = z
  .string()
  .transform((text) => text.split(',').filter((id) => id !== ''))
  .pipe(z.array(idSchema).max(200));

/** Query members of every list that pages. `limit` defaults to 50 and ends at 200. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(400).optional(),
} as const;

/** One page: `nextCursor` is null on the last. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}
