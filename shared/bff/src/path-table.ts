/** Finds which of a few path patterns (`/a/:id/b`) a path fits, and what stands in their places. */
export interface PathTable<Entry> {
  find(
    path: string,
  ): { readonly entry: Entry; readonly params: Record<string, string> } | undefined;
}

/** A pattern without parameters wins over one with. Segments are compared as they were sent. */
export function createPathTable<Entry>(
  entries: readonly { readonly path: string; readonly entry: Entry }[],
): PathTable<Entry> {
  const rows = entries
    .map(({ path, entry }) => ({ entry, segments: path.split('/') }))
    .sort((a, b) => countNames(a.segments) - countNames(b.segments));
  return {
    find: (path) => {
      const given = path.split('/');
      for (const { entry, segments } of rows) {
        const params = matchSegments(segments, given);
        if (params !== undefined) return { entry, params };
      }
      return undefined;
    },
  };
}

const countNames = (segments: readonly string[]): number =>
  segments.filter((segment) => segment.startsWith(':')).length;

function matchSegments(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith(':')) {
      if (value === '') return undefined;
      params[segment.slice(1)] = value;
    } else if (segment !== value) {
      return undefined;
    }
  }
  return params;
}
