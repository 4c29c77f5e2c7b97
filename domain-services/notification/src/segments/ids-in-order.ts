/** One page of ids, ascending, all after `cursor`. */
export type IdPages = (
  cursor: string | undefined,
) => Promise<{ readonly userIds: readonly string[]; readonly nextCursor: string | null }>;

/** Ids in ascending order that can be moved on, page by page: one page is held at a time. */
export interface IdCursor {
  /** The first id at or after `id`; undefined when there is none. */
  seek(id: string): Promise<string | undefined>;
}

/** `after`: where an earlier walk ended; ids up to it are not given again. */
export function openIds(pages: IdPages, after?: string): IdCursor {
  let page: readonly string[] = [];
  let index = 0;
  let cursor: string | null | undefined = after;
  const load = async (from: string | undefined): Promise<void> => {
    const loaded = await pages(from);
    page = loaded.userIds;
    cursor = loaded.nextCursor;
    index = 0;
  };
  return {
    seek: async (id) => {
      for (;;) {
        while (index < page.length && (page[index] ?? '') < id) index += 1;
        if (index < page.length) return page[index];
        if (cursor === null) return undefined;
        // What lies between is skipped at its source.
        const before = beforeId(id);
        await load(cursor === undefined || before > cursor ? before || undefined : cursor);
      }
    },
  };
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The greatest id below `id`; empty for the first one there can be. */
function beforeId(id: string): string {
  if (id === FIRST_ID) return '';
  return shifted(id, -1n);
}

function nextId(id: string): string {
  return shifted(id, 1n);
}

function shifted(id: string, by: bigint): string {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) + by).toString(16).padStart(32, '0');
  return [
    ...[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)],
    hex.slice(20, 32),
  ].join('-');
}

/**
 * Ids that every cursor of `within` has and none of `without`, ascending. Each moves straight to where
 * the others are, so the smallest set decides what is read.
 */
export async function* intersect(
  within: readonly [IdCursor, ...IdCursor[]],
  without: readonly IdCursor[],
  after?: string,
): AsyncGenerator<string> {
  let wanted = after === undefined ? FIRST_ID : nextId(after);
  for (;;) {
    const candidate = await meet(within, wanted);
    if (candidate === undefined) return;
    const isOut = await somewhere(without, candidate);
    if (!isOut) yield candidate;
    wanted = nextId(candidate);
  }
}

/** The first id from `from` on that all of them have. */
async function meet(cursors: readonly IdCursor[], from: string): Promise<string | undefined> {
  let wanted = from;
  let agreed = 0;
  while (agreed < cursors.length) {
    agreed = 0;
    for (const cursor of cursors) {
      const found = await cursor.seek(wanted);
      if (found === undefined) return undefined;
      agreed = found === wanted ? agreed + 1 : 1;
      wanted = found;
    }
  }
  return wanted;
}

async function somewhere(cursors: readonly IdCursor[], id: string): Promise<boolean> {
  for (const cursor of cursors) {
    if ((await cursor.seek(id)) === id) return true;
  }
  return false;
}
