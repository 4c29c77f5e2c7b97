import type { Plugin } from 'vitest/config';

/** Lets tests import text files as code does; the bundler has its own loader for them. */
export function textImports(): Plugin {
  return {
    name: 'text-imports',
    enforce: 'pre',
    transform(code, id) {
      return /\.(lua|sql|html)$/.test(id) ? `export default ${JSON.stringify(code)};` : undefined;
    },
  };
}
