/** Lower sorts first: a literal segment beats a parameter at the same place. */
export function comparePaths(one: string, other: string): number {
  const [a, b] = [one.split('/'), other.split('/')];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = Number(isParameter(a[index])) - Number(isParameter(b[index]));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a request's path fits a path in Express form (`:name` segments only). */
function pathMatcher(pattern: string): (path: string) => boolean {
  const segments = pattern
    .split('/')
    .map((segment) =>
      isParameter(segment) ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    );
  const expression = new RegExp(`^${segments.join('/')}/?$`, 'i');
  return (path) => expression.test(path);
}

/** Every method that some entry answers at a request's path, for `Allow`. */
export function methodsAt(
  entries: readonly { readonly method: string; readonly path: string }[],
): (path: string) => string[] {
  const matchers = entries.map(({ method, path }) => ({ method, fits: pathMatcher(path) }));
  return (path) => {
    const methods = new Set(matchers.filter(({ fits }) => fits(path)).map(({ method }) => method));
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  };
}

function isParameter(segment: string | undefined): boolean {
  return segment?.startsWith(':') ?? false;
}
